import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KafkaValues } from "../../../src/exporter/kafka/options.ts";
import { ERROR } from "../../../src/lib/kafka/error-codes.ts";
import { partitionOf } from "../../../src/lib/kafka/murmur2.ts";
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
import { TestCluster } from "./broker.ts";
import { exporterTo } from "./support.ts";

const INIT = '{"event":"agent_init"}';

testExporterContract("The Kafka exporter", async (settings) => {
  const cluster = new TestCluster();
  const { exporter } = exporterTo(cluster.addresses, {}, settings);
  return {
    exporter,
    arrived: async () => cluster.values(),
    async [Symbol.asyncDispose]() {
      cluster[Symbol.dispose]();
    },
  };
});

type Subject = ReturnType<typeof exporterTo>;

/** Writes lines, as fast as they are taken. */
async function write({ exporter }: Subject, lines: readonly string[], size = 50): Promise<void> {
  for (let i = 0; i < lines.length; i += size) {
    exporter.write(batchOf(lines.slice(i, i + size), i));
    await exporter.ready();
  }
}

const numbersOf = (values: readonly string[]) => values.map((value) => JSON.parse(value).n as number);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("records", () => {
  test.each(["none", "gzip", "zstd"] as const)(
    "are in the topic as they were, with %s",
    async (compression) => {
      using cluster = new TestCluster();
      const subject = exporterTo(cluster.addresses, { "kafka-compression": compression });
      await start(subject.exporter);
      await write(subject, numbered(0, 3000, 500));
      await subject.exporter.stop(patient());
      expect(cluster.values()).toEqual(numbered(0, 3000, 500));
      const code = { none: 0, gzip: 1, zstd: 4 }[compression];
      expect(new Set(cluster.topics.get("tetragon")![0]!.batches.map((batch) => batch.compression))).toEqual(
        new Set([code]),
      );
    },
  );

  const event = (type: string, process: object, node: string) =>
    JSON.stringify({ [type]: { process, parent: { exec_id: "parent", docker: "other" } }, node_name: node });

  test.each([
    ["node", "n1"],
    ["container", "c1"],
    ["exec-id", "e1"],
  ] as const)("have %s as their key, and the partition of the Java client", async (kind, key) => {
    using cluster = new TestCluster({ partitions: 12 });
    const subject = exporterTo(cluster.addresses, { "kafka-key": kind });
    await start(subject.exporter);
    const process = { exec_id: "e1", docker: "c1" };
    // As Tetragon writes it; as others might; and one whose container is that of its parent alone.
    const lines = [
      event("process_exec", process, "n1"),
      `{ "node_name":"n1", "process_exit" : {"process": ${JSON.stringify(process)}}}`,
      event("process_exec", { exec_id: "e1" }, "n1"),
    ];
    await write(subject, lines);
    await subject.exporter.stop(patient());
    const found = cluster.topics
      .get("tetragon")!
      .flatMap(({ records }, partition) =>
        records.map((record) => ({ key: record.key!.toString(), value: record.value.toString(), partition })),
      );
    const keys = lines.map((value) => found.find((record) => record.value === value)!.key);
    expect(keys).toEqual([key, key, kind === "container" ? "n1" : key]);
    for (const record of found) expect(record.partition).toBe(partitionOf(Buffer.from(record.key), 12));
  });

  test("without a key go to partitions in turn", async () => {
    using cluster = new TestCluster({ partitions: 4 });
    const subject = exporterTo(cluster.addresses, { "kafka-key": "none", "kafka-batch-max-size": 10 });
    await start(subject.exporter);
    await write(subject, numbered(0, 400), 10);
    await subject.exporter.stop(patient());
    const counts = cluster.topics.get("tetragon")!.map(({ records }) => records.length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(400);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(numbersOf(cluster.values()).sort((a, b) => a - b)).toEqual(upTo(400));
  });

  test("go to topics by their types, of which there are not more than the API has", async () => {
    using cluster = new TestCluster();
    const metadata = metadataOf(`${INIT}\n`);
    const subject = exporterTo(cluster.addresses, { "kafka-topic": "t.{event_type}" }, { metadata });
    await start(subject.exporter);
    await write(subject, [
      event("process_exec", {}, "n1"),
      event("process_exit", {}, "n1"),
      event("made_up", {}, "n1"),
    ]);
    await subject.exporter.stop(patient());
    expect([...cluster.topics.keys()].sort()).toEqual([
      "t.agent_init",
      "t.process_exec",
      "t.process_exit",
      "t.unknown",
    ]);
  });

  test("that are too large for the topic are sent in halves, and one that is so alone is refused", async () => {
    using cluster = new TestCluster({ maxBatchBytes: 20_000 });
    using directory = temporaryDirectory();
    const letters = join(directory.path, "letters");
    const subject = exporterTo(cluster.addresses, {
      "kafka-compression": "none",
      "kafka-dead-letter-file": letters,
    });
    await start(subject.exporter);
    const lines = numbered(0, 300, 500);
    const large = JSON.stringify({ n: 1000, pad: "x".repeat(30_000) });
    lines.splice(150, 0, large);
    await write(subject, lines);
    await subject.exporter.stop(patient());
    expect(numbersOf(cluster.values())).toEqual(upTo(300));
    expect(subject.settings.counters.refused).toBe(1);
    expect(accountedFor(subject.settings.counters)).toBe(301);
    const letter = JSON.parse(readFileSync(letters, "utf8"));
    expect(letter).toMatchObject({ topic: "tetragon", document: { n: 1000 } });
    expect(letter.reason).toContain("MESSAGE_TOO_LARGE");
  });

  test("whose time a topic does not take, as where the clock was wrong, are sent again with that of now", async () => {
    using cluster = new TestCluster();
    const subject = exporterTo(cluster.addresses);
    await start(subject.exporter);
    await write(subject, numbered(0, 1));
    await until(() => subject.settings.counters.exported === 1, "the first event");
    let wrong: number | undefined;
    cluster.refuse = ({ time }) => {
      wrong ??= time;
      return time === wrong ? ERROR.INVALID_TIMESTAMP : 0;
    };
    await write(subject, numbered(1, 50));
    await subject.exporter.stop(patient());
    expect(subject.settings.counters).toMatchObject({ exported: 51, refused: 0 });
    expect(numbersOf(cluster.values())).toEqual(upTo(51));
    expect(subject.messages.join("\n")).toContain("does not take the time of this host's clock");
  });

  test("that are bad are refused alone, once the topic has taken others", async () => {
    using cluster = new TestCluster();
    let isStrict = true;
    cluster.refuse = ({ records }) =>
      isStrict && records.some(({ value }) => /"n":(?:0|77)\b/.test(value.toString()))
        ? ERROR.INVALID_RECORD
        : 0;
    const subject = exporterTo(cluster.addresses);
    await start(subject.exporter);
    await write(subject, numbered(0, 1));
    await until(() => subject.settings.counters.retries > 2, "it was tried");
    expect(subject.settings.counters.refused).toBe(0);
    isStrict = false;
    await until(() => subject.settings.counters.exported === 1, "it was taken");
    isStrict = true;
    await write(subject, numbered(1, 200));
    await subject.exporter.stop(patient());
    expect(subject.settings.counters.refused).toBe(1);
    expect(numbersOf(cluster.values())).toEqual(upTo(201).filter((n) => n !== 77));
  });
});

describe("each event is in the topic once, and in order", () => {
  const values = { "kafka-batch-max-size": 40, "kafka-workers": 5 } satisfies Partial<KafkaValues>;

  /** A sequence that is the same in each run. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
  }

  const inOrder = (cluster: TestCluster) => {
    for (const { records } of cluster.topics.get("tetragon")!) {
      const numbers = numbersOf(records.map(({ value }) => value.toString()));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    return numbersOf(cluster.values()).sort((a, b) => a - b);
  };

  test.each([1, 2, 3, 4])("over requests and answers that are lost (%i)", async (seed) => {
    using cluster = new TestCluster();
    const next = random(seed);
    cluster.fault = () => {
      const at = next();
      return at < 0.15 ? "lose-answer" : at < 0.25 ? "lose-request" : "none";
    };
    const subject = exporterTo(cluster.addresses, values);
    await start(subject.exporter);
    await write(subject, numbered(0, 6000), 40);
    await subject.exporter.stop(patient());
    expect(inOrder(cluster)).toEqual(upTo(6000));
    expect(cluster.duplicates).toBeGreaterThan(0);
    expect(subject.settings.counters.exported).toBe(6000);
  });

  test.each([5, 6])("over several partitions and brokers, whose leaders move (%i)", async (seed) => {
    using cluster = new TestCluster({ partitions: 6, brokers: 3 });
    const next = random(seed);
    cluster.fault = () => (next() < 0.1 ? "lose-answer" : "none");
    const lines = upTo(4000).map((n) =>
      JSON.stringify({ process_exec: { process: { exec_id: `e${n % 17}` } }, n, node_name: "a" }),
    );
    const subject = exporterTo(cluster.addresses, { ...values, "kafka-key": "exec-id" });
    await start(subject.exporter);
    for (let i = 0; i < lines.length; i += 40) {
      subject.exporter.write(batchOf(lines.slice(i, i + 40), i));
      await subject.exporter.ready();
      if (i % 400 === 0)
        for (const partition of cluster.topics.get("tetragon") ?? [])
          partition.leader = Math.floor(next() * 3);
      if (i % 1000 === 0) {
        cluster.kill(Math.floor(next() * 3));
        cluster.revive();
      }
    }
    await subject.exporter.stop(patient());
    expect(inOrder(cluster)).toEqual(upTo(4000));
  });

  test("over 20 kills of all brokers", async () => {
    using cluster = new TestCluster({ brokers: 2, partitions: 2 });
    const next = random(9);
    cluster.fault = () => (next() < 0.1 ? "lose-answer" : "none");
    const subject = exporterTo(cluster.addresses, { ...values, "kafka-key": "none" });
    await start(subject.exporter);
    const lines = numbered(0, 8000);
    for (let i = 0; i < lines.length; i += 40) {
      subject.exporter.write(batchOf(lines.slice(i, i + 40), i));
      await subject.exporter.ready();
      if (i % 400 !== 0) continue;
      cluster.kill();
      cluster.revive();
    }
    await subject.exporter.stop(patient());
    expect(numbersOf(cluster.values()).sort((a, b) => a - b)).toEqual(upTo(8000));
  });

  test.each([1, 2, 3])("over kills after which brokers know the last batch alone (%i)", async (seed) => {
    using cluster = new TestCluster();
    const next = random(seed);
    let silent = 0;
    // Several batches are in the topic whose answers were lost.
    cluster.answer = (key, bytes) => (key === 0 && silent > 0 ? Buffer.alloc(0) : bytes);
    const subject = exporterTo(cluster.addresses, values);
    await start(subject.exporter);
    let written = 0;
    for (let kill = 0; kill < 20; kill++) {
      await write(subject, numbered(written, 400), 40);
      written += 400;
      await until(() => subject.settings.counters.exported === written, "all events so far");
      silent = 1;
      const before = cluster.values().length;
      await write(subject, numbered(written, 240), 40);
      written += 240;
      const wanted = before + 40 * (1 + Math.floor(next() * 5));
      await until(() => cluster.values().length >= wanted, "some batches");
      cluster.kill();
      silent = 0;
      cluster.forgetBatches();
      cluster.revive();
      await until(() => subject.settings.counters.exported === written, "all events");
    }
    await subject.exporter.stop(patient());
    expect(inOrder(cluster)).toEqual(upTo(written));
  });

  test("over errors of brokers that pass", async () => {
    using cluster = new TestCluster();
    const next = random(11);
    const passing = [
      ERROR.NOT_ENOUGH_REPLICAS,
      ERROR.REQUEST_TIMED_OUT,
      ERROR.NOT_LEADER_OR_FOLLOWER,
      ERROR.KAFKA_STORAGE_ERROR,
      ERROR.CORRUPT_MESSAGE,
      ERROR.UNKNOWN_SERVER_ERROR,
      999,
    ];
    cluster.refuse = () => (next() < 0.2 ? passing[Math.floor(next() * passing.length)]! : 0);
    const subject = exporterTo(cluster.addresses, values);
    await start(subject.exporter);
    await write(subject, numbered(0, 4000), 40);
    await subject.exporter.stop(patient());
    expect(inOrder(cluster)).toEqual(upTo(4000));
  });

  test.each([
    ERROR.UNKNOWN_PRODUCER_ID,
    ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER,
    ERROR.INVALID_PRODUCER_EPOCH,
    ERROR.INVALID_PRODUCER_ID_MAPPING,
  ])("where brokers have forgotten the producer: numbers begin anew (%i)", async (code) => {
    using cluster = new TestCluster();
    let isForgotten = false;
    cluster.refuse = ({ sequence }) => (isForgotten && sequence !== 0 ? code : 0);
    const subject = exporterTo(cluster.addresses, values);
    await start(subject.exporter);
    await write(subject, numbered(0, 400), 40);
    await until(() => subject.settings.counters.exported === 400, "the first events");
    isForgotten = true;
    subject.exporter.write(batchOf(numbered(400, 40), 400));
    await until(() => subject.settings.counters.exported === 440, "those after");
    isForgotten = false;
    await write(subject, numbered(440, 400), 40);
    await subject.exporter.stop(patient());
    expect(inOrder(cluster)).toEqual(upTo(840));
    expect(subject.messages.join("\n")).toContain("numbers of its records begin anew");
  });

  test("where epochs have come to their end: there is another id", async () => {
    using cluster = new TestCluster({ epoch: 32_767 });
    let isForgotten = false;
    cluster.refuse = ({ sequence }) => (isForgotten && sequence !== 0 ? ERROR.UNKNOWN_PRODUCER_ID : 0);
    const subject = exporterTo(cluster.addresses, values);
    await start(subject.exporter);
    await write(subject, numbered(0, 80), 40);
    await until(() => subject.settings.counters.exported === 80, "the first events");
    isForgotten = true;
    await write(subject, numbered(80, 40), 40);
    await until(() => subject.settings.counters.exported === 120, "those after");
    isForgotten = false;
    await subject.exporter.stop(patient());
    expect(inOrder(cluster)).toEqual(upTo(120));
    expect(cluster.producers).toBe(2);
  });

  test("where a topic is made anew with fewer partitions", async () => {
    using cluster = new TestCluster({ partitions: 8 });
    const subject = exporterTo(cluster.addresses, { ...values, "kafka-key": "exec-id" });
    const events = (from: number) =>
      upTo(100).map((i) =>
        JSON.stringify({ process_exec: { process: { exec_id: `e${from + i}` } }, n: from + i }),
      );
    await start(subject.exporter);
    await write(subject, events(0), 40);
    await until(() => subject.settings.counters.exported === 100, "the first events");
    cluster.topics.set("tetragon", cluster.topics.get("tetragon")!.slice(0, 3));
    const before = numbersOf(cluster.values());
    await write(subject, events(100), 40);
    await subject.exporter.stop(patient());
    expect(numbersOf(cluster.values()).sort((a, b) => a - b)).toEqual(
      [...before, ...upTo(200).slice(100)].sort((a, b) => a - b),
    );
  });

  test("from a queue on disk, also when it has waited for brokers that were away", async () => {
    using directory = temporaryDirectory();
    using cluster = new TestCluster();
    cluster.kill();
    const own = { ...values, "kafka-queue-dir": join(directory.path, "queue"), "kafka-queue-sync": 0 };
    const metadata = metadataOf(`${INIT}\n`);
    const first = exporterTo(cluster.addresses, own, { metadata });
    await start(first.exporter);
    first.exporter.write(batchOf(numbered(0, 30)));
    await first.exporter.stop(AbortSignal.timeout(100));
    cluster.revive();
    const second = exporterTo(cluster.addresses, own, { metadata });
    await start(second.exporter);
    second.exporter.write(batchOf(numbered(30, 10), 30));
    await until(() => cluster.values().includes(numbered(39, 1)[0]!), "the last event");
    await second.exporter.stop(patient());
    expect(cluster.values()).toEqual([INIT, ...numbered(0, 30), INIT, ...numbered(30, 10)]);
  });
});

test("acks=1 has no numbers", async () => {
  using cluster = new TestCluster();
  const subject = exporterTo(cluster.addresses, { "kafka-acks": "1" });
  await start(subject.exporter);
  await write(subject, numbered(0, 100));
  await subject.exporter.stop(patient());
  expect(cluster.values()).toEqual(numbered(0, 100));
  const [batch] = cluster.topics.get("tetragon")![0]!.batches;
  expect(batch).toMatchObject({ producerId: -1n, epoch: -1, sequence: -1 });
});

describe("what is wrong is said", () => {
  /** Tries once or twice; @returns What the log says. */
  async function complaint(cluster: TestCluster, values: Partial<KafkaValues> = {}): Promise<string> {
    const subject = exporterTo(cluster.addresses, values);
    await start(subject.exporter);
    subject.exporter.write(batchOf(numbered(0, 3)));
    await until(() => subject.settings.counters.retries > 0, "it was tried");
    await subject.exporter.stop(AbortSignal.abort());
    expect(cluster.values()).toEqual([]);
    return subject.messages.join("\n");
  }
  const user = { name: "tetrad", password: "secret" };
  const right = { "kafka-sasl-username": "tetrad", "kafka-sasl-password": "secret" };

  test.each(["plain", "scram-sha-256", "scram-sha-512"] as const)(
    "of a wrong password (%s)",
    async (mechanism) => {
      using cluster = new TestCluster({ user });
      const own = { "kafka-sasl-mechanism": mechanism, "kafka-sasl-username": "tetrad" };
      const said = await complaint(cluster, { ...own, "kafka-sasl-password": "wrong" });
      expect(said).toContain('it refuses user \\"tetrad\\"');
      expect(said).toContain("--kafka-sasl-password");
      const subject = exporterTo(cluster.addresses, { ...own, "kafka-sasl-password": "secret" });
      await start(subject.exporter);
      await write(subject, numbered(0, 10));
      await subject.exporter.stop(patient());
      expect(cluster.values()).toEqual(numbered(0, 10));
    },
  );

  test("of a mechanism that brokers do not take, and of none", async () => {
    using cluster = new TestCluster({ user, mechanisms: ["PLAIN"] });
    const own = { ...right, "kafka-sasl-mechanism": "scram-sha-256" } as const;
    expect(await complaint(cluster, own)).toContain("it does not take SCRAM-SHA-256, but PLAIN");
    expect(await complaint(cluster)).toContain("it may want --kafka-sasl-mechanism");
  });

  test("of a topic that is not there, or may not be seen or written to", async () => {
    using cluster = new TestCluster({ topics: [] });
    expect(await complaint(cluster)).toContain('topic \\"tetragon\\": there is none');
    cluster.topicError = () => ERROR.TOPIC_AUTHORIZATION_FAILED;
    expect(await complaint(cluster)).toContain("the agent may not see it (TOPIC_AUTHORIZATION_FAILED)");
    cluster.topicError = () => 0;
    cluster.makeTopic("tetragon");
    cluster.refuse = () => ERROR.TOPIC_AUTHORIZATION_FAILED;
    expect(await complaint(cluster)).toContain('the agent may not write to topic \\"tetragon\\"');
  });

  test("of a compression that brokers are too old for, or that the topic does not take", async () => {
    using old = new TestCluster({ produceVersions: [3, 6] });
    expect(await complaint(old)).toContain("UNSUPPORTED_VERSION");
    using cluster = new TestCluster();
    cluster.refuse = () => ERROR.UNSUPPORTED_COMPRESSION_TYPE;
    expect(await complaint(cluster)).toContain("--kafka-compression");
  });

  test("of somebody who does not speak Kafka, or speaks TLS", async () => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n") },
    });
    const subject = exporterTo([`127.0.0.1:${server.port}`]);
    await start(subject.exporter);
    subject.exporter.write(batchOf(numbered(0, 1)));
    await until(() => subject.settings.counters.retries > 0, "it was tried");
    await subject.exporter.stop(AbortSignal.abort());
    const said = subject.messages.join("\n");
    expect(said).toContain("its answer is none of Kafka's");
    expect(said).toContain("it may want TLS");
  });
});

test("a password file that was changed is read anew", async () => {
  using cluster = new TestCluster({ user: { name: "tetrad", password: "new" } });
  using directory = temporaryDirectory();
  const file = join(directory.path, "password");
  await Bun.write(file, "old\n");
  const subject = exporterTo(cluster.addresses, {
    "kafka-sasl-mechanism": "scram-sha-512",
    "kafka-sasl-username": "tetrad",
    "kafka-sasl-password-file": file,
  });
  await start(subject.exporter);
  await write(subject, numbered(0, 10));
  await until(() => subject.settings.counters.retries > 0, "it was tried");
  await Bun.write(file, "new\n");
  await subject.exporter.stop(patient());
  expect(cluster.values()).toEqual(numbered(0, 10));
});

test("sessions that end are begun anew", async () => {
  using cluster = new TestCluster({ user: { name: "a", password: "b" }, sessionMs: 10 });
  const subject = exporterTo(cluster.addresses, {
    "kafka-sasl-mechanism": "plain",
    "kafka-sasl-username": "a",
    "kafka-sasl-password": "b",
  });
  await start(subject.exporter);
  for (let i = 0; (cluster.asked.get(17) ?? 0) < 4; i++) {
    subject.exporter.write(batchOf(numbered(i, 1), i));
    await until(() => subject.settings.counters.exported === i + 1, "the event");
    await Bun.sleep(5);
  }
  await subject.exporter.stop(patient());
  expect(numbersOf(cluster.values())).toEqual(upTo(subject.settings.counters.exported));
  expect(subject.settings.counters.retries).toBe(0);
});
