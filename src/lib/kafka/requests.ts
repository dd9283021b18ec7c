/**
 * @module The requests that a producer makes, and their answers (https://kafka.apache.org/protocol). Versions are those that
 * brokers from 1.0 to 4 have in common; of `Produce` there are several, since zstd and named records came later.
 */
import type { Reader, Writer } from "./wire.ts";

/** A request: its number, and the versions that are spoken here. */
export interface Api {
  readonly key: number;
  readonly least: number;
  readonly most: number;
}

export const APIS = {
  produce: { key: 0, least: 3, most: 8 },
  metadata: { key: 3, least: 4, most: 4 },
  saslHandshake: { key: 17, least: 1, most: 1 },
  apiVersions: { key: 18, least: 0, most: 0 },
  initProducerId: { key: 22, least: 0, most: 1 },
  saslAuthenticate: { key: 36, least: 0, most: 1 },
} as const satisfies Record<string, Api>;
export type ApiName = keyof typeof APIS;

/** The first version of `Produce` that may have zstd (KIP-110). */
export const PRODUCE_WITH_ZSTD = 7;
/** The first one whose answers say what is wrong in words (KIP-467). */
const PRODUCE_WITH_WORDS = 8;
const PRODUCE_WITH_LOG_START = 5;

/** Bytes that items of answers take at least. */
const BYTES = {
  apiVersion: 6,
  broker: 12,
  topic: 7,
  partition: 18,
  integer: 4,
  produced: 22,
  recordError: 6,
};

/** Versions of one request that a broker speaks. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export function readApiVersions(from: Reader): { error: number; ranges: Map<number, VersionRange> } {
  const error = from.int16();
  const ranges = new Map<number, VersionRange>();
  from.array(BYTES.apiVersion, () => {
    const key = from.int16();
    ranges.set(key, { min: from.int16(), max: from.int16() });
  });
  return { error, ranges };
}

/** @returns Which version both sides speak; `undefined` for none. */
export function versionOf(name: ApiName, ranges: ReadonlyMap<number, VersionRange>): number | undefined {
  const { key, least, most } = APIS[name];
  const range = ranges.get(key);
  if (range === undefined) return undefined;
  const version = Math.min(most, range.max);
  return version >= Math.max(least, range.min) ? version : undefined;
}

/** A broker, as others name it. */
export interface BrokerAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** A partition of a topic. */
export interface PartitionState {
  readonly error: number;
  readonly index: number;
  /** -1 for none. */
  readonly leader: number;
}

/** A topic. */
export interface TopicState {
  readonly error: number;
  readonly name: string;
  readonly partitions: readonly PartitionState[];
}

export function writeMetadata(to: Writer, topics: readonly string[], mayCreate: boolean): void {
  to.array(topics, (topic) => to.string(topic)).int8(Number(mayCreate));
}

export function readMetadata(from: Reader): { brokers: BrokerAddress[]; topics: TopicState[] } {
  // How long it was throttled.
  from.int32();
  const brokers = from.array(BYTES.broker, () => {
    const broker = { id: from.int32(), host: from.string() ?? "", port: from.int32() };
    from.string();
    return broker;
  });
  from.string();
  from.int32();
  const topics = from.array(BYTES.topic, () => {
    const [error, name] = [from.int16(), from.string() ?? ""];
    from.int8();
    return { error, name, partitions: from.array(BYTES.partition, () => readPartition(from)) };
  });
  return { brokers, topics };
}

function readPartition(from: Reader): PartitionState {
  const partition = { error: from.int16(), index: from.int32(), leader: from.int32() };
  from.array(BYTES.integer, () => from.int32());
  from.array(BYTES.integer, () => from.int32());
  return partition;
}

/** Of a producer without transactions. */
export function writeInitProducerId(to: Writer): void {
  to.string(undefined).int32(0);
}

export function readInitProducerId(from: Reader): { error: number; producerId: bigint; epoch: number } {
  from.int32();
  return { error: from.int16(), producerId: from.int64(), epoch: from.int16() };
}

/** A batch of one partition, as it is kept. */
export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  /** One behind the other. */
  readonly bytes: readonly Uint8Array[];
}

/** At most one batch of each partition. */
export function writeProduce(
  to: Writer,
  { acks, timeoutMs, batches }: { acks: number; timeoutMs: number; batches: readonly ProducedBatch[] },
): void {
  to.string(undefined).int16(acks).int32(timeoutMs);
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  to.array([...topics], ([topic, ofTopic]) => {
    to.string(topic).array(ofTopic, ({ partition, bytes }) => {
      to.int32(partition).int32(bytes.reduce((sum, { length }) => sum + length, 0));
      for (const part of bytes) to.raw(part);
    });
  });
}

/** What became of a batch. */
export interface Produced {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  /** What is wrong, where the broker says it. */
  readonly message: string | undefined;
}

/** @returns How long to send nothing, milliseconds, too. */
export function readProduce(from: Reader, version: number): { produced: Produced[]; throttleMs: number } {
  const produced: Produced[] = [];
  from.array(BYTES.integer, () => {
    const topic = from.string() ?? "";
    from.array(BYTES.produced, () => produced.push({ topic, ...readProducedPartition(from, version) }));
  });
  return { produced, throttleMs: from.int32() };
}

function readProducedPartition(from: Reader, version: number): Omit<Produced, "topic"> {
  const [partition, error] = [from.int32(), from.int16()];
  // The offset, the time, and where the log begins.
  from.int64();
  from.int64();
  if (version >= PRODUCE_WITH_LOG_START) from.int64();
  if (version < PRODUCE_WITH_WORDS) return { partition, error, message: undefined };
  const messages = from.array(BYTES.recordError, () => {
    from.int32();
    return from.string();
  });
  return { partition, error, message: from.string() ?? messages.find((text) => text !== undefined) };
}

export function readSaslHandshake(from: Reader): { error: number; mechanisms: string[] } {
  return { error: from.int16(), mechanisms: from.array(2, () => from.string() ?? "") };
}

/** @returns Milliseconds of the session, 0 for without end, too. */
export function readSaslAuthenticate(
  from: Reader,
  version: number,
): { error: number; message: string | undefined; answer: Buffer; sessionMs: number } {
  const [error, message, answer] = [from.int16(), from.string(), from.bytes()];
  return { error, message, answer, sessionMs: version >= 1 ? Number(from.int64()) : 0 };
}
