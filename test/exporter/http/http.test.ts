import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HTTP_FORMATS } from "../../../src/exporter/http/format-names.ts";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "../../e2e/certificates.ts";
import { testExporterContract } from "../contract.ts";
import { batchOf, numbered, patient, start, temporaryDirectory, until } from "../support.ts";
import { Intake } from "./intake.ts";
import { exporterTo } from "./support.ts";

testExporterContract("The HTTP exporter", async (settings) => {
  const intake = new Intake();
  const { exporter } = exporterTo(intake.url, { "http-workers": 1 }, settings);
  return {
    exporter,
    arrived: async () => intake.taken,
    [Symbol.asyncDispose]: () => intake[Symbol.asyncDispose](),
  };
});

const EVENT =
  '{"process_exec":{"process":{"binary":"/bin/\\"x\\""}},"node_name":"n1","time":"2026-01-02T03:04:05.678901234Z"}';

describe("a request", () => {
  test.each(HTTP_FORMATS)("is what receivers of %s take, whichever way it is compressed", async (format) => {
    await using intake = new Intake(format);
    for (const compression of ["none", "gzip", "zstd"] as const) {
      const { exporter, settings } = exporterTo(intake.url, {
        "http-format": format,
        "http-compression": compression,
      });
      await start(exporter);
      exporter.write(batchOf([EVENT, '{"process_exit":{}}', "{}"]));
      await exporter.stop(patient());
      expect(settings.counters.exported).toBe(3);
      expect(intake.taken.splice(0)).toEqual([EVENT, '{"process_exit":{}}', "{}"]);
    }
  });

  test("makes a bounded number of streams in Loki, whatever events call types and nodes", async () => {
    await using intake = new Intake("loki");
    const { exporter } = exporterTo(intake.url, { "http-format": "loki", "http-workers": 1 });
    await start(exporter);
    const long = "n".repeat(256);
    exporter.write(
      batchOf([
        ...Array.from({ length: 900 }, (_, i) => `{"x_${"abcdefghij"[i % 10]}${"k".repeat(i % 40)}":{}}`),
        `{"process_exec":{},"node_name":"${long}"}`,
      ]),
    );
    const nodes = Array.from({ length: 3000 }, (_, i) => `{"process_exec":{},"node_name":"node-${i}"}`);
    for (let i = 0; i < nodes.length; i += 1000) exporter.write(batchOf(nodes.slice(i, i + 1000)));
    await exporter.stop(patient());
    const streams = intake.requests.flatMap(({ body }) =>
      (JSON.parse(body.toString()).streams as { stream: Record<string, string> }[]).map(
        ({ stream }) => stream,
      ),
    );
    expect(streams).toHaveLength(3901);
    expect(new Set(streams.map(({ event_type: type }) => type))).toEqual(
      new Set(["unknown", "process_exec"]),
    );
    expect(new Set(streams.map(({ node }) => node)).size).toBe(1002);
    expect(streams.some(({ node }) => node === long)).toBe(false);
  });

  test("has time, host and kind of each event where the format has a place for them", async () => {
    const bodies: unknown[] = [];
    for (const format of ["splunk-hec", "loki", "datadog"] as const) {
      await using intake = new Intake(format);
      const { exporter } = exporterTo(intake.url, { "http-format": format, "http-token": "t0ken" });
      await start(exporter);
      exporter.write(batchOf([EVENT]));
      await exporter.stop(patient());
      const [{ path, headers, body }] = intake.requests as [Intake["requests"][0]];
      const token = headers.get("authorization") ?? headers.get("dd-api-key");
      bodies.push([path, token, JSON.parse(body.toString())]);
    }
    expect(bodies).toEqual([
      [
        "/services/collector/event",
        "Splunk t0ken",
        {
          time: expect.closeTo(1767323045.678901, 5),
          host: "n1",
          source: "tetrad",
          sourcetype: "_json",
          event: JSON.parse(EVENT),
        },
      ],
      [
        "/loki/api/v1/push",
        "Bearer t0ken",
        {
          streams: [
            {
              stream: { job: "tetrad", node: "n1", event_type: "process_exec" },
              values: [["1767323045678901234", EVENT]],
            },
          ],
        },
      ],
      [
        "/api/v2/logs",
        "t0ken",
        [
          {
            ddsource: "tetragon",
            service: "tetrad",
            hostname: "n1",
            timestamp: 1767323045678,
            message: EVENT,
          },
        ],
      ],
    ]);
  });

  test("goes where the URL says, by the method and with the headers that were asked for", async () => {
    await using intake = new Intake("json");
    const { exporter } = exporterTo(`${intake.url}/hooks/1`, {
      "http-format": "json",
      "http-method": "put",
      "http-headers": ["X-Scope-OrgID: a, b", "content-type: application/cloudevents-batch+json"],
    });
    await start(exporter);
    exporter.write(batchOf(["{}"]));
    await exporter.stop(patient());
    const [{ method, path, headers }] = intake.requests as [Intake["requests"][0]];
    expect([method, path]).toEqual(["PUT", "/hooks/1"]);
    expect(headers.get("x-scope-orgid")).toBe("a, b");
    expect(headers.get("content-type")).toBe("application/cloudevents-batch+json");
  });

  test("keeps to the limits; an event that is larger goes alone", async () => {
    await using intake = new Intake();
    const sizes: number[] = [];
    intake.reply = ({ body }, events) => {
      sizes.push(events.length === 1 ? 0 : body.length);
      return new Response();
    };
    const { exporter } = exporterTo(intake.url, { "http-batch-max-bytes": 4096, "http-batch-max-size": 10 });
    await start(exporter);
    const lines = [...numbered(0, 30, 20), ...numbered(30, 1, 10_000), ...numbered(31, 30, 800)];
    exporter.write(batchOf(lines));
    await exporter.stop(patient());
    expect(intake.taken.toSorted()).toEqual(lines.toSorted());
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
    expect(intake.requests.length).toBeGreaterThan(8);
  });
});

describe("an answer", () => {
  test.each([429, 500, 503, 408, 404, 302])("of %d has the same events sent again", async (status) => {
    await using intake = new Intake();
    let left = 2;
    intake.reply = () =>
      left-- > 0
        ? new Response("no", { status, headers: { location: "http://127.0.0.1:9/" } })
        : new Response();
    const { exporter, settings, messages } = exporterTo(intake.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 20)));
    await until(() => settings.counters.exported === 20, "all events");
    await exporter.stop(patient());
    expect(intake.taken).toEqual(numbered(0, 20));
    expect(settings.counters).toMatchObject({ refused: 0, retries: 2 });
    expect(messages.join("\n")).toContain(`status ${status}`);
  });

  test("that calls a request too large has smaller ones follow", async () => {
    await using intake = new Intake();
    intake.reply = ({ body }) => new Response("", { status: body.length > 6000 ? 413 : 200 });
    const { exporter, settings } = exporterTo(intake.url, { "http-workers": 1 });
    await start(exporter);
    for (let i = 0; i < 1000; i += 500) exporter.write(batchOf(numbered(i, 500), i));
    await exporter.stop(patient());
    expect(intake.taken).toEqual(numbered(0, 1000));
    expect(settings.counters).toMatchObject({ exported: 1000, refused: 0 });
  });

  test("that refuses one event of many has that one kept with the reason, and the others taken", async () => {
    using directory = temporaryDirectory();
    await using intake = new Intake();
    intake.reply = (_, events) =>
      new Response("field n is bad", {
        status: events.some((event) => event.includes('"n":7,')) ? 400 : 200,
      });
    const file = join(directory.path, "refused.jsonl");
    const { exporter, settings } = exporterTo(intake.url, {
      "http-workers": 1,
      "http-dead-letter-file": file,
    });
    await start(exporter);
    exporter.write(batchOf(numbered(100, 1)));
    await until(() => settings.counters.exported === 1, "the first event");
    exporter.write(batchOf(numbered(0, 50), 1));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 50, refused: 1 });
    const letters = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(letters.map((line) => JSON.parse(line))).toMatchObject([
      { reason: expect.stringContaining("field n is bad"), document: { n: 7 } },
    ]);
  });

  test("that refuses one event of many costs few requests", async () => {
    await using intake = new Intake();
    intake.reply = (_, events) =>
      new Response("", { status: events.some((event) => event.includes('"n":7,')) ? 400 : 200 });
    const { exporter, settings } = exporterTo(intake.url, { "http-workers": 1 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1000)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 999, refused: 1 });
    expect(intake.requests.length).toBeLessThan(40);
  });

  test("that refuses the first event there is has the others taken, though nothing was before", async () => {
    await using intake = new Intake();
    intake.reply = (_, events) =>
      new Response("", { status: events.some((event) => event.includes('"n":0,')) ? 400 : 200 });
    const { exporter, settings } = exporterTo(intake.url, { "http-workers": 1 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 50)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 49, refused: 1 });
  });

  test("of Splunk's says which event is bad: those before it are there, and not sent again", async () => {
    await using intake = new Intake("splunk-hec");
    const kept: string[] = [];
    intake.reply = (_, events) => {
      const bad = events.findIndex((event) => /"n":(?:0|7|8|49),/.test(event));
      kept.push(...(bad < 0 ? events : events.slice(0, bad)));
      if (bad < 0) return new Response('{"text":"Success","code":0}');
      const answer = { text: "Invalid data format", code: 6, "invalid-event-number": bad };
      return Response.json(answer, { status: 400 });
    };
    const { exporter, settings } = exporterTo(intake.url, {
      "http-format": "splunk-hec",
      "http-workers": 1,
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 50)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 46, refused: 4 });
    expect(kept).toEqual(numbered(0, 50).filter((event) => !/"n":(?:0|7|8|49),/.test(event)));
  });

  test("of Splunk's that is about settings refuses nothing, also when requests were taken before", async () => {
    await using intake = new Intake("splunk-hec");
    let left = 3;
    intake.reply = (_, events) =>
      events.length > 1 && left-- > 0
        ? Response.json({ text: "Incorrect index", code: 7, "invalid-event-number": 0 }, { status: 400 })
        : new Response('{"text":"Success","code":0}');
    const { exporter, settings } = exporterTo(intake.url, { "http-format": "splunk-hec" });
    await start(exporter);
    exporter.write(batchOf(numbered(100, 1)));
    await until(() => settings.counters.exported === 1, "the first event");
    exporter.write(batchOf(numbered(0, 20), 1));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 21, refused: 0, retries: 3 });
  });

  test("of Loki's that all entries are too old refuses them, and those that follow are taken", async () => {
    await using intake = new Intake("loki");
    intake.reply = (_, events) =>
      events.some((event) => event.includes('"pad":"xx"'))
        ? new Response("entry with timestamp 2020 ignored, reason: 'entry too far behind'", { status: 400 })
        : new Response(null, { status: 204 });
    const { exporter, settings } = exporterTo(intake.url, { "http-format": "loki", "http-workers": 1 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 20, 2)));
    await until(() => settings.counters.refused === 20, "old events were refused");
    exporter.write(batchOf(numbered(100, 20), 20));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 20, refused: 20 });
  });

  test("of 400 before anything was taken refuses nothing: the settings may be wrong", async () => {
    await using intake = new Intake();
    intake.reply = () => new Response("unknown format", { status: 400 });
    const { exporter, settings } = exporterTo(intake.url);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 50)));
    await until(() => settings.counters.retries > 1, "it was tried");
    expect(settings.counters.refused).toBe(0);
    await exporter.stop(AbortSignal.abort());
  });
});

describe("secrets", () => {
  test("are in no message, also where the receiver sends them back", async () => {
    await using intake = new Intake();
    intake.reply = ({ headers }) => new Response(`bad: ${headers.get("authorization")}`, { status: 403 });
    const { exporter, settings, messages } = exporterTo(`${intake.url}/x?key=hidden`, {
      "http-token": "s3cret-token",
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 5)));
    await until(() => settings.counters.retries > 0, "it was tried");
    await exporter.stop(AbortSignal.abort());
    const log = messages.join("\n");
    expect(log).toContain("status 403");
    expect(log).not.toContain("s3cret-token");
    expect(log).not.toContain("hidden");
  });

  test("of files are read anew when they have changed and the receiver does not know the agent", async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "token");
    await Bun.write(file, "first\n");
    await using intake = new Intake();
    intake.reply = ({ headers }) =>
      new Response("", { status: headers.get("authorization") === "Bearer second" ? 200 : 401 });
    const { exporter, settings } = exporterTo(intake.url, { "http-token-file": file });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 5)));
    await until(() => settings.counters.retries > 0, "it was tried");
    await Bun.write(file, "second\n");
    await until(() => settings.counters.exported === 5, "it was taken");
    await exporter.stop(patient());
  });

  test.each(["", "two words", "a\nb"])("%p is no token", async (text) => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "token");
    await Bun.write(file, text);
    const { exporter } = exporterTo("http://127.0.0.1:9/", { "http-token-file": file });
    await expect(exporter.start()).rejects.toThrow("found no token in it");
  });
});

test.skipIf(!HAS_OPENSSL)("over TLS, the receiver's certificate is looked at", async () => {
  using directory = temporaryDirectory();
  const authority = makeAuthority(directory.path, "ours");
  const { cert, key } = makeCertificate(directory.path, "server", authority);
  await using intake = new Intake("ndjson", {
    cert: readFileSync(cert, "utf8"),
    key: readFileSync(key, "utf8"),
  });
  const url = `https://localhost:${intake.port}`;
  const stranger = exporterTo(url);
  await start(stranger.exporter);
  stranger.exporter.write(batchOf(numbered(0, 1)));
  await until(() => stranger.settings.counters.retries > 0, "it was tried");
  expect(stranger.messages.join("\n")).toContain("--http-tls-ca-files");
  await stranger.exporter.stop(AbortSignal.abort());
  expect(intake.requests).toEqual([]);
  const known = exporterTo(url, { "http-tls-ca-files": [authority.cert] });
  await start(known.exporter);
  known.exporter.write(batchOf(numbered(0, 1)));
  await known.exporter.stop(patient());
  expect(intake.taken).toEqual(numbered(0, 1));
});

test("events in a queue on disk outlive the agent", async () => {
  using directory = temporaryDirectory();
  const values = { "http-queue-dir": join(directory.path, "queue"), "http-queue-sync": 0 };
  const first = exporterTo("http://127.0.0.1:9/", values);
  await start(first.exporter);
  first.exporter.write(batchOf(numbered(0, 30)));
  await first.exporter.stop(AbortSignal.timeout(50));
  await using intake = new Intake();
  const second = exporterTo(intake.url, values);
  await start(second.exporter);
  await second.exporter.stop(patient());
  expect(intake.taken).toEqual(numbered(0, 30));
});
