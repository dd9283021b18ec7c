/**
 * @module What Kibana's and OpenSearch Dashboards' published APIs answer to the requests of setup, for neither can be had here:
 * saved objects are kept by type and id, an import takes a file of them and leaves those alone that are there, a rule has an id.
 */

/** One that runs. */
export interface KibanaStandIn extends Disposable {
  readonly url: string;
  readonly objects: Map<string, { readonly type: string; readonly id: string }>;
  readonly rules: Map<string, Record<string, unknown>>;
  /** What was wrong with requests. */
  readonly problems: string[];
}

/** Starts one of a version. @param header That it wants to see. */
export function startKibana(version: string, header: "kbn-xsrf" | "osd-xsrf"): KibanaStandIn {
  const objects: KibanaStandIn["objects"] = new Map();
  const rules: KibanaStandIn["rules"] = new Map();
  const problems: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (request.headers.get("authorization") !== "ApiKey aTpr")
        return Response.json({ message: "no" }, { status: 401 });
      if (request.method !== "GET" && request.headers.get(header) === null) {
        problems.push(`${pathname}: without ${header}`);
        return Response.json({ message: `Request must contain a ${header} header.` }, { status: 400 });
      }
      if (pathname === "/s/sec/api/status")
        return Response.json({ name: "kibana", version: { number: version } });
      if (pathname === "/s/sec/api/saved_objects/_import") {
        const file = (await request.formData()).get("file") as File;
        if (!file.name.endsWith(".ndjson")) problems.push(`file ${file.name}`);
        const lines = (await file.text())
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line));
        const errors = [];
        for (const object of lines) {
          const key = `${object.type}/${object.id}`;
          if (objects.has(key) && searchParams.get("overwrite") !== "true")
            errors.push({ id: object.id, type: object.type, error: { type: "conflict" } });
          else objects.set(key, object);
        }
        return Response.json({
          success: errors.length === 0,
          successCount: lines.length - errors.length,
          ...(errors.length > 0 && { errors }),
        });
      }
      const rule =
        /^\/s\/sec\/api\/alerting\/rule\/(?<id>[0-9a-f]{8}-[0-9a-f]{4}-[14][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/.exec(
          pathname,
        )?.groups?.id;
      if (rule === undefined) return Response.json({ message: "Not Found" }, { status: 404 });
      if (rules.has(rule))
        return Response.json({ message: "Saved object [alert] conflict" }, { status: 409 });
      rules.set(rule, (await request.json()) as Record<string, unknown>);
      return Response.json({ id: rule });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/s/sec`,
    objects,
    rules,
    problems,
    [Symbol.dispose]: () => void server.stop(true),
  };
}
