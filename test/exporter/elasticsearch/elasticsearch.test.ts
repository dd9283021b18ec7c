import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testExporterContract } from "../contract.ts";
import {
  accountedFor,
  batchOf,
  metadataOf,
  numbered,
  patient,
  start,
  temporaryDirectory,
  until,
} from "../support.ts";
import { FakeCluster, statuses } from "./fake-cluster.ts";
import { exporterTo } from "./support.ts";

for (const kind of ["memory", "disk"] as const) {
  // What is on disk is neither exported nor lost: the tests of the contract are about one run.
  if (kind === "memory")
    testExporterContract(`The Elasticsearch exporter (${kind})`, async (settings) => {
      const cluster = new FakeCluster();
      const { exporter } = exporterTo(cluster.url, { "elasticsearch-workers": 1 }, settings);
      return {
        exporter,
        arrived: async () => cluster.messages,
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      };
    });

  describe(`with events in ${kind}`, () => {
    function prepare(url: string | string[], values = {}, overrides = {}) {
      const directory = temporaryDirectory();
      const letters = join(directory.path, "letters", "refused.jsonl");
      const own = {
        ...(kind === "disk" && { "elasticsearch-queue-dir": join(directory.path, "queue") }),
        "elasticsearch-dead-letter-file": letters,
        ...values,
      };
      return { ...exporterTo(url, own, overrides), directory, letters };
    }

    test("each event is one document with an id of its own", async () => {
      await using cluster = new FakeCluster();
      const { exporter, settings, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      const lines = numbered(0, 1000);
      for (let i = 0; i < 1000; i += 100) exporter.write(batchOf(lines.slice(i, i + 100), i));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(lines);
      expect(settings.counters).toMatchObject({ exported: 1000, refused: 0, send_failed: 0, retries: 0 });
    });

    test("bulk requests keep to the limits, and several are in flight once the first was taken", async () => {
      await using cluster = new FakeCluster();
      let [now, most, largest] = [0, 0, 0];
      cluster.always = async ({ take, documents }) => {
        most = Math.max(most, ++now);
        largest = Math.max(largest, documents.length);
        await Bun.sleep(5);
        now--;
        return take();
      };
      const { exporter, directory } = prepare(cluster.url, {
        "elasticsearch-bulk-max-size": 50,
        "elasticsearch-workers": 4,
      });
      using _ = directory;
      await start(exporter);
      for (let i = 0; i < 2000; i += 500) exporter.write(batchOf(numbered(i, 500), i));
      await exporter.stop(patient());
      expect(new Set(cluster.messages)).toEqual(new Set(numbered(0, 2000)));
      expect(largest).toBe(50);
      expect(most).toBe(4);
    });

    test("a document that is larger than a request goes alone", async () => {
      await using cluster = new FakeCluster();
      const { exporter, directory } = prepare(cluster.url, { "elasticsearch-bulk-max-bytes": 64 * 1024 });
      using _ = directory;
      await start(exporter);
      const lines = [...numbered(0, 10), ...numbered(10, 1, 300_000), ...numbered(11, 10)];
      exporter.write(batchOf(lines));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(lines);
    });

    test("gzip is what was asked for", async () => {
      await using cluster = new FakeCluster();
      const seen: (string | null)[] = [];
      cluster.always = ({ take, headers }) => {
        seen.push(headers.get("content-encoding"), headers.get("content-type"));
        return take();
      };
      const { exporter, directory } = prepare(cluster.url, { "elasticsearch-compression": "gzip" });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 10));
      expect(new Set(seen)).toEqual(new Set(["gzip", "application/x-ndjson"]));
    });

    test("429, 5xx and lost answers: every event is there once in the end, and 409 is a success", async () => {
      await using cluster = new FakeCluster();
      const lost = ({ take }: { take(): Response }) => {
        take();
        return new Response("gateway timed out", { status: 504 });
      };
      const busy = () => new Response("", { status: 429, headers: { "retry-after": "0" } });
      const broken = () => new Response("oh", { status: 500 });
      cluster.answers.push(busy, lost, broken, busy, lost);
      const { exporter, settings, directory } = prepare(cluster.url, { "elasticsearch-bulk-max-size": 40 });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 200)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 200));
      expect(settings.counters).toMatchObject({ exported: 200, refused: 0, retries: 5 });
    });

    test("no event comes twice when the answer was lost and the data stream was rolled over", async () => {
      await using cluster = new FakeCluster();
      for (let i = 0; i < 6; i++)
        cluster.answers.push(({ take }) => {
          take();
          cluster.rollOver();
          return new Response("", { status: 502 });
        });
      const { exporter, settings, directory } = prepare(cluster.url, { "elasticsearch-bulk-max-size": 40 });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 400)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 400));
      expect(settings.counters.exported).toBe(400);
    });

    test("no event comes twice when the data stream is rolled over while the second try is on its way", async () => {
      await using cluster = new FakeCluster();
      for (let i = 0; i < 6; i++)
        cluster.answers.push(
          ({ take }) => {
            take();
            return new Response("", { status: 502 });
          },
          ({ take }) => {
            cluster.rollOver();
            return take();
          },
        );
      const { exporter, settings, directory } = prepare(cluster.url, { "elasticsearch-bulk-max-size": 40 });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 400)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 400));
      expect(settings.counters.exported).toBe(400);
    });

    test("no event comes twice when a request that was given up is still worked on, with a rollover between", async () => {
      await using cluster = new FakeCluster();
      const { promise: isSecond, resolve: goOn } = Promise.withResolvers<void>();
      cluster.answers.push(async ({ take }) => {
        await isSecond;
        return take();
      });
      const { exporter, settings, directory } = prepare(cluster.url, { "elasticsearch-timeout": 1000 });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      const looks = () => cluster.asked.filter((path) => path === "GET /_tasks").length;
      await until(() => looks() > 2, "it is seen that the request is worked on");
      cluster.rollOver();
      expect(cluster.bulks).toBe(1);
      goOn();
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 100));
      expect(settings.counters.exported).toBe(100);
    });

    test("rights that are missing are said at the start, once each, and nothing waits for them", async () => {
      await using cluster = new FakeCluster();
      cluster.forbidden.push("/_refresh", "/_tasks");
      for (let i = 0; i < 3; i++) cluster.answers.push(() => new Response("", { status: 502 }));
      const { exporter, settings, messages, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 100));
      expect(settings.counters).toMatchObject({ exported: 100, retries: 3 });
      expect(messages.filter((message) => message.includes("Cannot look for documents"))).toHaveLength(1);
      expect(messages.filter((message) => message.includes("cluster privilege monitor"))).toHaveLength(1);
      expect(
        cluster.asked.filter((path) => path === "GET /_tasks" || path.endsWith("/_refresh")),
      ).toHaveLength(2);
    });

    test("documents of which the answer says that they were not taken are not looked for", async () => {
      await using cluster = new FakeCluster();
      for (let i = 0; i < 3; i++) cluster.answers.push(({ ids }) => statuses(ids.map(() => 429)));
      const { exporter, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 100));
      // The one that finds out whether there is a right to it.
      expect(cluster.asked.filter((path) => path.endsWith("/_search"))).toHaveLength(1);
    });

    test("answers that lie are no answers: items missing, too many, no JSON, no status, too long", async () => {
      await using cluster = new FakeCluster();
      const lies = [
        () => statuses([201]),
        ({ ids }: { ids: readonly string[] }) => statuses([...ids.map(() => 201), 201]),
        () => new Response('{"errors":false,"items":[{"create"'),
        () => new Response("null"),
        () => Response.json({ errors: false, items: {} }),
        ({ ids }: { ids: readonly string[] }) => Response.json({ items: ids.map(() => ({ create: {} })) }),
        ({ ids }: { ids: readonly string[] }) => Response.json({ items: ids.map(() => null) }),
        () => new Response(new Uint8Array(8 * 1024 * 1024)),
      ];
      cluster.answers.push(...lies);
      const { exporter, settings, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(numbered(0, 100));
      expect(settings.counters).toMatchObject({ exported: 100, retries: lies.length });
    });

    test("a refused document is kept with its reason, and the others go on", async () => {
      await using cluster = new FakeCluster();
      cluster.always = ({ take, documents }) => {
        const bad = documents.map((document) => document.includes('\\"n\\":7,'));
        if (!bad.some(Boolean)) return take();
        take();
        return statuses(
          bad.map((isBad) =>
            isBad ? { status: 400, type: "document_parsing_exception", reason: "no" } : 201,
          ),
        );
      };
      const { exporter, settings, letters, messages, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 20)));
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 19, refused: 1, retries: 0 });
      const [letter, ...others] = readFileSync(letters, "utf8").trim().split("\n");
      expect(others).toEqual([]);
      const kept = JSON.parse(letter!) as { reason: string; index: string; document: { message: string } };
      expect(kept.reason).toBe("document_parsing_exception: no");
      expect(kept.index).toBe("logs-tetragon.log-default");
      expect(kept.document.message).toBe(numbered(7, 1)[0]!);
      expect(messages.some((message) => message.includes("Event refused for good"))).toBe(true);
    });

    test("what an index or a node cannot take at present is sent again, document by document", async () => {
      await using cluster = new FakeCluster();
      const later = [
        { status: 429, type: "es_rejected_execution_exception" },
        { status: 503, type: "unavailable_shards_exception" },
        { status: 404, type: "index_not_found_exception" },
        { status: 400, type: "index_closed_exception" },
        {
          status: 403,
          type: "cluster_block_exception",
          reason: "FORBIDDEN/12/index read-only / allow delete (api)",
        },
        { status: 403, type: "security_exception" },
      ];
      for (const error of later)
        cluster.answers.push(({ ids }) => statuses(ids.map((_, i) => (i % 2 === 0 ? 409 : error))));
      const { exporter, settings, messages, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 64)));
      await exporter.stop(patient());
      // Half of what is left each time counts as taken.
      expect(cluster.messages).toEqual(numbered(63, 1));
      expect(settings.counters).toMatchObject({ exported: 64, refused: 0, retries: 6 });
      expect(messages.some((message) => message.includes("es_rejected_execution_exception"))).toBe(true);
    });

    test("413: requests are made smaller, and a document that is too large alone is refused", async () => {
      await using cluster = new FakeCluster();
      cluster.always = ({ take, documents }) =>
        documents.join("").length > 20_000 ? new Response("", { status: 413 }) : take();
      const { exporter, settings, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      const lines = [...numbered(0, 50, 100), ...numbered(50, 1, 30_000), ...numbered(51, 50, 100)];
      exporter.write(batchOf(lines));
      await exporter.stop(patient());
      expect(cluster.messages.length).toBe(100);
      expect(settings.counters).toMatchObject({ exported: 100, refused: 1 });
    });

    test("a request that is refused for one document is taken without it", async () => {
      await using cluster = new FakeCluster();
      cluster.answers.push(({ take }) => take());
      cluster.always = ({ take, documents }) =>
        documents.some((document) => document.includes('\\"n\\":13,'))
          ? Response.json({ error: { type: "x_content_parse_exception", reason: "no" } }, { status: 400 })
          : take();
      const { exporter, settings, directory } = prepare(cluster.url, { "elasticsearch-bulk-max-size": 10 });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 30)));
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 29, refused: 1 });
    });

    test("a server that takes nothing at all refuses no event for good: 400 from the start is not about one", async () => {
      await using cluster = new FakeCluster();
      cluster.answers.push(...Array.from({ length: 4 }, () => () => new Response("what?", { status: 400 })));
      const { exporter, settings, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 30)));
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 30, refused: 0, retries: 4 });
    });

    test("401 and 403: says so, keeps the events, and takes a new key from its file", async () => {
      await using cluster = new FakeCluster();
      cluster.always = ({ take, headers }) =>
        headers.get("authorization") === "ApiKey bmV3OmtleQ=="
          ? take()
          : Response.json(
              { error: { type: "security_exception", reason: "missing authentication" } },
              { status: 401 },
            );
      using keys = temporaryDirectory();
      const file = join(keys.path, "key");
      await Bun.write(file, "old:key\n");
      const { exporter, settings, messages, directory } = prepare(cluster.url, {
        "elasticsearch-api-key-file": file,
      });
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 30)));
      await until(() => settings.counters.retries > 0, "it was refused");
      expect(messages.some((message) => message.includes("status 401, security_exception"))).toBe(true);
      expect(messages.join("\n")).not.toContain("old:key");
      await Bun.write(file, "new:key\n");
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 30, refused: 0 });
    });

    test("agent_init is the first document, and is no event", async () => {
      await using cluster = new FakeCluster();
      cluster.answers.push(() => new Response("", { status: 503 }));
      const { exporter, settings, directory } = prepare(
        cluster.url,
        {},
        { metadata: metadataOf('{"event":"agent_init"}\n') },
      );
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      await exporter.stop(patient());
      expect(cluster.messages).toEqual(['{"event":"agent_init"}', ...numbered(0, 10)]);
      expect(settings.counters.exported).toBe(10);
    });

    test("a node that is away is left alone, and the others take its part", async () => {
      await using cluster = new FakeCluster();
      const { exporter, settings, directory } = prepare(["http://127.0.0.1:9", cluster.url]);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 100, retries: 0 });
    });

    test("with no time left, what has not been sent is counted or stays in the queue on disk", async () => {
      await using cluster = new FakeCluster();
      cluster.always = () => new Response("", { status: 503 });
      const { exporter, settings, directory } = prepare(cluster.url);
      using _ = directory;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      await until(() => settings.counters.retries > 0, "it was tried");
      await exporter.stop(AbortSignal.timeout(50));
      expect(accountedFor(settings.counters)).toBe(kind === "memory" ? 100 : 0);
      expect(exporter.queued.events).toBe(kind === "memory" ? 0 : 100);
    });
  });
}

test("documents say which data stream they are for, by the name of the index", async () => {
  await using cluster = new FakeCluster();
  const { exporter } = exporterTo(cluster.url, { "elasticsearch-index": "logs-tetragon.test-blue" });
  await start(exporter);
  exporter.write(batchOf(numbered(0, 1)));
  await exporter.stop(patient());
  expect(JSON.parse(cluster.documents[0]!)).toMatchObject({
    data_stream: { type: "logs", dataset: "tetragon.test", namespace: "blue" },
  });
});

test("no event comes twice when the request of a killed agent is still worked on, with a rollover between", async () => {
  await using cluster = new FakeCluster();
  using directory = temporaryDirectory();
  const values = {
    "elasticsearch-queue-dir": directory.path,
    "elasticsearch-queue-sync": 0,
    "elasticsearch-bulk-max-size": 20,
  };
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  let isWorking = 0;
  // The answer never comes: in place of a kill, which a process cannot have twice.
  cluster.answers.push(async ({ take }) => {
    isWorking++;
    await isOver;
    return take();
  });
  const first = exporterTo(cluster.url, values);
  await start(first.exporter);
  first.exporter.write(batchOf(numbered(0, 100)));
  await until(() => isWorking === 1, "the first request is worked on");
  await first.exporter.stop(AbortSignal.abort());
  // The directory is closed on the way.
  await Bun.sleep(0);
  const second = exporterTo(cluster.url, values);
  await start(second.exporter);
  const looks = () => cluster.asked.filter((path) => path === "GET /_tasks").length;
  const before = looks();
  await until(() => looks() > before + 2, "it is seen that the request is worked on");
  cluster.rollOver();
  expect(cluster.bulks).toBe(1);
  end();
  await second.exporter.stop(patient());
  expect(cluster.messages).toEqual(numbered(0, 100));
  expect(second.messages.filter((message) => message.includes("still works on"))).toHaveLength(1);
});

test("what other agents send, and this run's other requests, is not waited for", async () => {
  await using cluster = new FakeCluster();
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const wait = async ({ take }: { take(): Response }) => {
    await isOver;
    return take();
  };
  cluster.answers.push(
    ({ take }) => take(),
    wait,
    wait,
    () => new Response("", { status: 502 }),
  );
  const subject = exporterTo(cluster.url, { "elasticsearch-bulk-max-size": 10 });
  await start(subject.exporter);
  subject.exporter.write(batchOf(numbered(0, 10)));
  await until(() => cluster.messages.length === 10, "the first request was taken");
  subject.exporter.write(batchOf(numbered(10, 30), 10));
  await until(() => cluster.messages.length === 20, "the third worker's documents were taken");
  end();
  await subject.exporter.stop(patient());
  expect(cluster.messages).toHaveLength(40);
});

test("an API key that no header can have is refused at the start, and not shown", async () => {
  for (const key of ["s3cret\nx", "s3créť", "s3cret\0"]) {
    const { exporter } = exporterTo("http://127.0.0.1:9", { "elasticsearch-api-key": key });
    await expect(exporter.start()).rejects.toThrow(/^Cannot use the API key: (?!.*s3cr)/);
  }
});

test("a wrong certificate file is named before anything is sent", async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "ca.pem");
  await Bun.write(file, "nonsense");
  const { exporter } = exporterTo("https://127.0.0.1:9", {
    "elasticsearch-tls-ca-files": [file],
    "elasticsearch-queue-dir": join(directory.path, "queue"),
  });
  await expect(exporter.start()).rejects.toThrow(
    /^Cannot use --elasticsearch-tls-ca-files .*: found no certificate/,
  );
  expect(existsSync(join(directory.path, "queue"))).toBe(false);
});
