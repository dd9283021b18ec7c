import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { Cluster } from "../../../src/lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../../src/lib/elasticsearch/error.ts";
import { serverFacts } from "../../../src/lib/elasticsearch/server.ts";
import type { ClusterSettings } from "../../../src/lib/elasticsearch/settings.ts";

const open: { stop(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.stop();
});

function serve(answer: (request: Request) => Response | Promise<Response>): string {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  open.push({ stop: () => server.stop(true) });
  return `http://127.0.0.1:${server.port}`;
}

/** Does as it likes with each connection once something has come. */
async function serveRaw(onData: (write: (text: string) => void, close: () => void) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () =>
      onData(
        (text) => socket.write(text),
        () => socket.destroy(),
      ),
    );
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  open.push({ stop: () => server.close() });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

function clusterOf(hosts: readonly string[], settings: Partial<ClusterSettings> = {}) {
  return new Cluster({ hosts, timeoutMs: 10_000, ...settings });
}

async function errorOf(promise: Promise<unknown>): Promise<ClusterError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  return error as ClusterError;
}

describe("Cluster", () => {
  test("says who it is by API key, or by user and password", async () => {
    const seen: (string | null)[] = [];
    const url = serve(({ headers }) => {
      seen.push(headers.get("authorization"));
      return new Response("{}");
    });
    const cluster = clusterOf([url]);
    await cluster.request({ path: "/" });
    cluster.use({ credentials: { apiKey: "id:key" } });
    await cluster.request({ path: "/" });
    cluster.use({ credentials: { apiKey: "aWQ6a2V5" } });
    await cluster.request({ path: "/" });
    cluster.use({ credentials: { user: "elastic", password: "pä:ss" } });
    await cluster.request({ path: "/" });
    const basic = `Basic ${Buffer.from("elastic:pä:ss").toString("base64")}`;
    expect(seen).toEqual([null, "ApiKey aWQ6a2V5", "ApiKey aWQ6a2V5", basic]);
  });

  test("asks the next node when one takes no connection, and leaves that alone for a while", async () => {
    const url = serve(() => new Response("{}"));
    const cluster = clusterOf(["http://127.0.0.1:9", url]);
    for (let i = 0; i < 5; i++) expect((await cluster.request({ path: "/" })).url).toBe(url);
  });

  test("an error says which node it was, and whether the request may have been done", async () => {
    const refused = await errorOf(clusterOf(["http://127.0.0.1:9"]).request({ path: "/" }));
    expect(refused).toMatchObject({ kind: "unreachable", isUncertain: false });
    expect(refused.message).toContain("http://127.0.0.1:9: connection refused");
    const closing = await serveRaw((_, close) => close());
    const closed = await errorOf(clusterOf([closing]).request({ path: "/", method: "POST", body: "x" }));
    expect(closed).toMatchObject({ kind: "lost", isUncertain: true });
    const silent = await serveRaw(() => {});
    const late = await errorOf(clusterOf([silent], { timeoutMs: 50 }).request({ path: "/" }));
    expect(late).toMatchObject({ kind: "timeout", isUncertain: true });
    const given = new AbortController();
    const waiting = clusterOf([silent]).request({ path: "/", signal: given.signal });
    given.abort();
    expect(await errorOf(waiting)).toMatchObject({ kind: "aborted", isUncertain: true });
  });

  test("an answer that stalls half way is given up in time", async () => {
    const url = await serveRaw((write) => write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"));
    expect(await errorOf(clusterOf([url], { timeoutMs: 50 }).request({ path: "/" }))).toMatchObject({
      kind: "timeout",
    });
  });

  test("an answer that is longer than any node's is not read to its end", async () => {
    const url = serve(() => new Response("x".repeat(100_000)));
    const error = await errorOf(clusterOf([url]).request({ path: "/", maxAnswerBytes: 1000 }));
    expect(error.message).toContain("longer than 1000 bytes");
  });

  test("follows nobody to another server", async () => {
    let asked = 0;
    const other = serve(() => {
      asked++;
      return new Response("{}");
    });
    const url = serve(() => Response.redirect(other, 302));
    expect((await clusterOf([url]).request({ path: "/" })).status).toBe(302);
    expect(asked).toBe(0);
  });

  test("goes through a proxy only where it is asked to", async () => {
    const url = serve(() => new Response('"node"'));
    process.env.HTTP_PROXY = "http://127.0.0.1:9";
    process.env.https_proxy = "http://127.0.0.1:9";
    expect((await clusterOf([url]).request({ path: "/" })).text).toBe('"node"');
    const proxy = serve(({ url: asked }) => new Response(asked));
    const answer = await clusterOf(["http://es1.example:9200"], { proxy }).request({ path: "/_bulk" });
    expect(answer.text).toContain("/_bulk");
  });

  test("what to do is said where the server does not know who asks, and where it is no Elasticsearch", async () => {
    const unknown = serve(() => new Response("", { status: 401 }));
    const { message } = await errorOf(clusterOf([unknown]).json("GET", "/x"));
    expect(message).toBe(`${unknown}: status 401: give the right API key, or user and password`);
    const page = serve(() => new Response("<html>"));
    const why = `${page}: the answer is no JSON: that is no node of Elasticsearch or OpenSearch, or a proxy answers for it`;
    expect((await errorOf(clusterOf([page]).json("GET", "/x"))).message).toBe(why);
    expect((await errorOf(serverFacts(clusterOf([page])))).message).toBe(why);
  });

  test("json() tells a refusal with the server's words", async () => {
    const url = serve(() =>
      Response.json({ error: { type: "security_exception", reason: "no right" } }, { status: 403 }),
    );
    const error = await errorOf(clusterOf([url]).json("GET", "/_data_stream/x"));
    expect(error).toMatchObject({ kind: "answer", status: 403, type: "security_exception" });
    expect(error.message).toBe(
      `${url}: status 403, security_exception: no right: the API key or user lacks that privilege`,
    );
  });

  test("what a server says back of the credentials is in no message, and no word of an answer that says yes is changed", async () => {
    const url = serve(({ headers, url: asked }) =>
      asked.endsWith("/yes")
        ? new Response('{"items":1}')
        : new Response(`bad request: ${headers.get("authorization")} items s3cret`, { status: 400 }),
    );
    const cluster = clusterOf([url], { credentials: { apiKey: "id:s3cret" } });
    const error = await errorOf(cluster.json("GET", "/no"));
    expect(error.message).toBe(`${url}: status 400, bad request: ApiKey ******** items ********`);
    cluster.use({ credentials: { user: "elastic", password: "items" } });
    const next = await errorOf(cluster.json("GET", "/no"));
    expect(next.message).toBe(`${url}: status 400, bad request: Basic ******** ******** ********`);
    expect(await cluster.json<object>("GET", "/yes")).toEqual({ items: 1 });
  });

  test("Retry-After is seconds or a date", async () => {
    let after = "7";
    const url = serve(() => new Response("", { status: 429, headers: { "retry-after": after } }));
    expect((await clusterOf([url]).request({ path: "/" })).retryAfterMs).toBe(7000);
    after = new Date(Date.now() - 5000).toUTCString();
    expect((await clusterOf([url]).request({ path: "/" })).retryAfterMs).toBe(0);
    after = "soon";
    expect((await clusterOf([url]).request({ path: "/" })).retryAfterMs).toBeUndefined();
  });
});

describe("serverFacts()", () => {
  test("tells the two servers apart", async () => {
    let version: object = { number: "7.17.28" };
    const url = serve(() => Response.json({ cluster_name: "c", version }));
    expect(await serverFacts(clusterOf([url]))).toEqual({
      distribution: "elasticsearch",
      version: "7.17.28",
      clusterName: "c",
    });
    version = { number: "2.19.0", distribution: "opensearch" };
    expect(await serverFacts(clusterOf([url]))).toMatchObject({ distribution: "opensearch" });
    version = {};
    await errorOf(serverFacts(clusterOf([url])));
  });

  test("an answer of another shape is none of such a server", async () => {
    for (const body of ["null", "[]", "7", '{"version":null}', '{"version":"8"}', "<html>"])
      await errorOf(serverFacts(clusterOf([serve(() => new Response(body))])));
  });
});
