/** Brokers that say what they should not: events are kept, memory is bounded, and the next one is tried. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  readApiVersions,
  readInitProducerId,
  readMetadata,
  readProduce,
  readSaslAuthenticate,
  readSaslHandshake,
} from "../../../src/lib/kafka/requests.ts";
import { ProtocolError, Reader } from "../../../src/lib/kafka/wire.ts";
import { batchOf, numbered, patient, start, until } from "../support.ts";
import { TestCluster } from "./broker.ts";
import { exporterTo } from "./support.ts";

const READERS = {
  readApiVersions,
  readMetadata,
  readInitProducerId,
  readProduce: (from: Reader) => readProduce(from, 8),
  readSaslHandshake,
  readSaslAuthenticate: (from: Reader) => readSaslAuthenticate(from, 1),
} as const satisfies Record<string, (from: Reader) => unknown>;

test.each(Object.entries(READERS))("%s() reads any bytes, or says that they are none", (_, read) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        read(new Reader(Buffer.from(bytes)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 300 },
  );
});

test("a list is not believed that its message has no room for", () => {
  const bytes = Buffer.alloc(100);
  bytes.writeInt32BE(0x7fffffff, 0);
  expect(() => new Reader(bytes).array(4, () => 0)).toThrow("a list is longer than its message");
});

/** What becomes of answers, for as long as `isHostile`. */
const LIES: readonly [what: string, lie: (key: number, bytes: Buffer) => Buffer][] = [
  ["sizes without end", (_, bytes) => Buffer.concat([Buffer.from([0x7f, 255, 255, 255]), bytes.subarray(4)])],
  [
    "sizes below nothing",
    (_, bytes) => Buffer.concat([Buffer.from([255, 255, 255, 255]), bytes.subarray(4)]),
  ],
  [
    "answers to other questions",
    (_, bytes) => {
      bytes.writeInt32BE(4711, 4);
      return bytes;
    },
  ],
  [
    "answers that end early",
    (_, bytes) => {
      const short = Buffer.from(bytes.subarray(0, 12));
      short.writeInt32BE(8, 0);
      return short;
    },
  ],
  ["ones where counts should be", (_, bytes) => bytes.fill(255, 8)],
  ["nothing of what was sent", (key, bytes) => (key === 0 ? emptyProduce(bytes) : bytes)],
  ["each answer twice", (_, bytes) => Buffer.concat([bytes, bytes])],
];

/** No topic, and no throttling. */
function emptyProduce(bytes: Buffer): Buffer {
  const answer = Buffer.alloc(16);
  answer.writeInt32BE(12, 0);
  bytes.copy(answer, 4, 4, 8);
  return answer;
}

describe("a broker that says", () => {
  test.each(LIES)("%s loses nothing", async (_, lie) => {
    using cluster = new TestCluster();
    cluster.answer = lie;
    const { exporter, settings, messages } = exporterTo(cluster.addresses);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await until(() => settings.counters.retries > 2 || settings.counters.exported === 100, "it was tried");
    cluster.answer = (_key, bytes) => bytes;
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(100);
    expect(cluster.values()).toEqual(numbered(0, 100));
    expect(messages.join("\n")).not.toContain("internal");
  });

  test("that all should wait a day does not make anybody wait for its own end", async () => {
    using cluster = new TestCluster();
    cluster.throttleMs = 0x7fffffff;
    const { exporter, settings } = exporterTo(cluster.addresses);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await until(() => settings.counters.exported === 10, "the first events");
    exporter.write(batchOf(numbered(10, 10), 10));
    await exporter.stop(AbortSignal.timeout(200));
    expect(settings.counters.exported).toBe(10);
    expect(settings.counters.send_failed).toBe(10);
  });
});

test("one that never answers is given up after the time-out, and takes what waited when it does again", async () => {
  using cluster = new TestCluster();
  let isSilent = true;
  cluster.answer = (key, bytes) => (isSilent && key === 0 ? Buffer.alloc(0) : bytes);
  const { exporter, settings, messages } = exporterTo(cluster.addresses, { "kafka-timeout": 100 });
  await start(exporter);
  exporter.write(batchOf(numbered(0, 10)));
  await until(() => settings.counters.retries > 1, "it was tried");
  expect(messages.join("\n")).toContain("no answer within 100 ms");
  isSilent = false;
  await exporter.stop(patient());
  expect(cluster.values()).toEqual(numbered(0, 10));
  expect(cluster.duplicates).toBeGreaterThan(0);
});
