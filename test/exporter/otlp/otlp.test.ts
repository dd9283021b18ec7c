import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { requestOf } from "../../../src/encoding/otlp/request.ts";
import { testExporterContract } from "../contract.ts";
import { batchOf, metadataOf, numbered, patient, start, temporaryDirectory } from "../support.ts";
import { attributesOf, Receiver, taken } from "./receiver.ts";
import { exporterTo, transportTo } from "./support.ts";

testExporterContract("The OTLP exporter", async (settings) => {
  const receiver = new Receiver();
  const { exporter } = await exporterTo(receiver.url, { "otlp-workers": 1 }, settings);
  return {
    exporter,
    arrived: async () => receiver.bodies,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
});

const EVENT = JSON.stringify({
  process_exec: {
    process: {
      exec_id: "bjE6MTox",
      pid: 7,
      uid: 0,
      cwd: "/root",
      binary: "/usr/bin/curl",
      arguments: '-o "a b" https://example.org',
      start_time: "2026-01-02T03:04:05.5Z",
      pod: {
        namespace: "default",
        name: "web-1",
        uid: "u1",
        container: { id: "containerd://abc", name: "web", image: { name: "registry:5000/web:1.2" } },
        pod_labels: { app: "web" },
        workload: "web",
        workload_kind: "Deployment",
      },
    },
    parent: { pid: 1, binary: "/sbin/init" },
  },
  node_name: "n1",
  time: "2026-01-02T03:04:05.678901234Z",
});

describe("a log record", () => {
  test("says when and what it was by the semantic conventions, and has the event as its body", async () => {
    await using receiver = new Receiver();
    const { exporter } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf([EVENT]));
    await exporter.stop(patient());
    const [record] = receiver.records;
    expect(receiver.bodies).toEqual([EVENT]);
    expect(record).toMatchObject({
      timeUnixNano: 1767323045678901234n,
      severityNumber: 9,
      severityText: "INFO",
      eventName: "process_exec",
    });
    expect(record!.observedTimeUnixNano > record!.timeUnixNano).toBe(true);
    expect(attributesOf(record!.attributes)).toEqual({
      "process.pid": 7,
      "process.parent_pid": 1,
      "process.executable.path": "/usr/bin/curl",
      "process.executable.name": "curl",
      "process.command_line": '/usr/bin/curl -o "a b" https://example.org',
      "process.working_directory": "/root",
      "process.creation.time": "2026-01-02T03:04:05.5Z",
      "process.user.id": 0,
      "user.id": "0",
      "host.name": "n1",
      "container.id": "abc",
      "container.runtime.name": "containerd",
      "container.name": "web",
      "container.image.name": "registry:5000/web",
      "container.image.tags": ["1.2"],
      "k8s.namespace.name": "default",
      "k8s.pod.name": "web-1",
      "k8s.pod.uid": "u1",
      "k8s.pod.label.app": "web",
      "k8s.deployment.name": "web",
      "k8s.container.name": "web",
    });
  });
});

describe("a request", () => {
  test("has the same records before any resource, whether that is small or large", async () => {
    for (const length of [1, 100, 3000, 5000, 60_000]) {
      await using receiver = new Receiver();
      const note = "x".repeat(length);
      const { exporter } = await exporterTo(receiver.url, {
        "otlp-resource-attributes": [`note=${note}`],
        "otlp-batch-max-size": 7,
      });
      await start(exporter);
      exporter.write(batchOf(numbered(0, 20)));
      await exporter.stop(patient());
      expect(receiver.bodies.toSorted()).toEqual(numbered(0, 20).toSorted());
      for (const { resource } of receiver.requests) expect(resource).toMatchObject({ note });
    }
  });
});

describe("a source", () => {
  test("that can wait does once there is a request's worth, and the queue stays for others", async () => {
    await using receiver = new Receiver();
    const { promise, resolve } = Promise.withResolvers<Response>();
    receiver.reply = () => promise;
    const values = { "otlp-batch-max-bytes": 4096, "otlp-workers": 1 };
    const { exporter, settings } = await exporterTo(receiver.url, values);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1)));
    await receiver.until(() => receiver.requests.length === 1);
    exporter.write(batchOf(numbered(1, 100, 100)));
    let mayGoOn = false;
    const ready = exporter.ready()?.then(() => {
      mayGoOn = true;
    });
    await Bun.sleep(0);
    expect([ready === undefined, mayGoOn]).toEqual([false, false]);
    exporter.write(batchOf(numbered(101, 300, 100)));
    resolve(taken());
    receiver.reply = () => taken();
    await ready;
    await exporter.stop(patient());
    expect(receiver.bodies).toEqual([
      ...numbered(0, 1),
      ...numbered(1, 100, 100),
      ...numbered(101, 300, 100),
    ]);
    expect(settings.counters).toMatchObject({ exported: 401, queue_full: 0 });
  });
});

describe("an answer", () => {
  test.each([429, 502, 503, 504, 401, 404, 302])("of %d has the same events sent again", async (status) => {
    await using receiver = new Receiver();
    let refusals = 2;
    receiver.reply = () => (refusals-- > 0 ? new Response("later", { status }) : taken());
    const { exporter, settings } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(receiver.bodies).toEqual(numbered(0, 3));
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0 });
  });

  test.each([400, 415, 500, 501, 505])("of %d has no event sent again alone", async (status) => {
    await using receiver = new Receiver();
    const alone: string[] = [];
    receiver.reply = ({ records }) => {
      if (records.length === 1) alone.push(String(records[0]!.body?.value.value));
      return new Response("never", { status });
    };
    const { exporter, settings } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 0, refused: 100 });
    expect(new Set(alone).size).toBe(alone.length);
    expect(receiver.requests.length).toBeLessThan(40);
  });

  test("that refuses one record of many has that one kept with the reason, and the others taken", async () => {
    await using receiver = new Receiver();
    using directory = temporaryDirectory();
    const file = `${directory.path}/letters`;
    receiver.reply = ({ records }) =>
      records.some(({ body }) => String(body?.value.value).includes('"n":77,'))
        ? new Response("not this one", { status: 400 })
        : taken();
    const { exporter, settings } = await exporterTo(receiver.url, { "otlp-dead-letter-file": file });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 200)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 199, refused: 1 });
    const letter = JSON.parse(readFileSync(file, "utf8"));
    expect(letter).toMatchObject({ to: `${receiver.url}/v1/logs`, document: { n: 77, pad: "" } });
    expect(letter.reason).toEndWith("status 400, not this one");
  });

  test("of partial success counts what was rejected, and sends nothing again", async () => {
    await using receiver = new Receiver();
    receiver.reply = () => taken(2, "no room for two");
    const { exporter, settings, messages } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 8, refused: 2, retries: 0 });
    expect(receiver.requests).toHaveLength(1);
    expect(messages.join("\n")).toContain("no room for two");
  });

  test.each([11, 2n ** 53n + 1n, 2n ** 63n - 1n])(
    "that rejects %d of ten rejects all of them",
    async (rejected) => {
      await using receiver = new Receiver();
      receiver.reply = () => taken(rejected);
      const { exporter, settings, messages } = await exporterTo(receiver.url);
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 0, refused: 10, retries: 0 });
      expect(messages.join("\n")).toContain("warn Receiver rejected some of the records");
    },
  );

  test.each([-1, -7, -(2n ** 63n)])("that rejects %d takes all, and is a warning", async (rejected) => {
    await using receiver = new Receiver();
    receiver.reply = () => taken(rejected, "what?");
    const { exporter, settings, messages } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 10, refused: 0 });
    expect(messages.join("\n")).toContain(" rejected, which cannot be and counts as none: what?");
  });

  test("that says very much is shown in part, in the log and in each letter", async () => {
    using directory = temporaryDirectory();
    const file = `${directory.path}/letters`;
    await using receiver = new Receiver();
    receiver.reply = () => taken(10, "z".repeat(100_000));
    const { exporter, messages } = await exporterTo(receiver.url, { "otlp-dead-letter-file": file });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    for (const line of [...messages, ...readFileSync(file, "utf8").split("\n")])
      expect(line.length).toBeLessThan(1000);
  });

  test("that takes all and says something is a warning", async () => {
    await using receiver = new Receiver();
    receiver.reply = () => taken(0, "this is the last time");
    const { exporter, settings, messages } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 10, refused: 0 });
    expect(messages.join("\n")).toContain("warn Receiver has a warning");
  });

  test("that is too long to be read takes all, and is a warning", async () => {
    await using receiver = new Receiver();
    receiver.reply = () => new Response(Buffer.alloc(1024 * 1024, "x"));
    const { exporter, settings, messages } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 10, refused: 0 });
    expect(messages.join("\n")).toContain("too long to be read");
  });

  test("that lies, or is no protobuf, takes all", async () => {
    for (const body of [
      "\xff\xff\xff",
      "{}",
      "\n\x08\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
      "x".repeat(1024 * 1024),
    ]) {
      await using receiver = new Receiver();
      receiver.reply = () => new Response(Buffer.from(body, "latin1"));
      const { exporter, settings } = await exporterTo(receiver.url);
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 10, refused: 0 });
    }
  });

  test("says how long to wait", async () => {
    await using receiver = new Receiver();
    receiver.reply = () => new Response("", { status: 503, headers: { "retry-after": "7" } });
    const { transport } = await transportTo(receiver.url);
    expect(
      await transport.send(requestOf({ resource: Buffer.alloc(0), scope: Buffer.alloc(0) }, []), patient()),
    ).toMatchObject({
      kind: "later",
      retryAfterMs: 7000,
    });
  });

  test("that calls a request too large has smaller ones follow", async () => {
    await using receiver = new Receiver();
    receiver.reply = ({ bytes }) => (bytes > 20_000 ? new Response("", { status: 413 }) : taken());
    const { exporter, settings } = await exporterTo(receiver.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 500, 500)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 500, refused: 0 });
    expect(receiver.bodies.toSorted()).toEqual(numbered(0, 500, 500).toSorted());
  });
});

describe("a request", () => {
  test("is what receivers take, whichever way it is compressed, with headers and the resource", async () => {
    await using receiver = new Receiver();
    for (const compression of ["none", "gzip", "zstd"] as const) {
      const { exporter } = await exporterTo(
        receiver.url,
        {
          "otlp-compression": compression,
          "otlp-headers": ["X-Scope-OrgID: a"],
          "otlp-resource-attributes": ["deployment.environment.name=a%2Cb", "service.name=other"],
        },
        { facts: { nodeName: "node-1", clusterName: "c", host: { hostname: "h", kernelVersion: "6.1" } } },
      );
      await start(exporter);
      exporter.write(batchOf(numbered(0, 3)));
      await exporter.stop(patient());
    }
    expect(
      receiver.requests.map(({ path, headers }) => [
        path,
        headers.get("content-encoding"),
        headers.get("content-type"),
        headers.get("x-scope-orgid"),
      ]),
    ).toEqual(
      [null, "gzip", "zstd"].map((encoding) => ["/v1/logs", encoding, "application/x-protobuf", "a"]),
    );
    expect(receiver.requests[0]!.scope).toBe("tetrad v0.0.0");
    expect(receiver.requests[0]!.resource).toMatchObject({
      "service.name": "other",
      "service.version": "v0.0.0",
      "service.instance.id": "start",
      "deployment.environment.name": "a,b",
      "host.name": "h",
      "os.type": "linux",
      "os.version": "6.1",
      "k8s.node.name": "node-1",
      "k8s.cluster.name": "c",
    });
  });

  test("has the metadata first, as a record of its own; the resource follows it", async () => {
    await using receiver = new Receiver();
    const line =
      '{"@timestamp":"2026-01-02T03:04:05Z","event":"agent_init","tetragon_version":"v1","hostname":"renamed","os":"linux","pid":1,"uptime":"initialized at 0"}\n';
    const { exporter } = await exporterTo(receiver.url, {}, { metadata: metadataOf(line) });
    await start(exporter);
    exporter.write(batchOf([EVENT]));
    await exporter.stop(patient());
    expect(receiver.records.map(({ eventName, severityText }) => [eventName, severityText])).toEqual([
      ["agent_init", "INFO2"],
      ["process_exec", "INFO"],
    ]);
    expect(`${receiver.bodies[0]}\n`).toBe(line);
    expect(receiver.requests[0]!.resource["host.name"]).toBe("renamed");
  });
});
