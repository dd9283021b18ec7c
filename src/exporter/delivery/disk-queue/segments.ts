/** @module The segments of a queue on disk, oldest first: which there are, what they take, and which one is written. */
import { randomBytes } from "node:crypto";
import { fs } from "../../../os/fs.ts";
import type { QueueDirectory } from "./directory.ts";
import { PREFIX_BYTES, readSegmentHeader, SEGMENT_BYTES, segmentName, writeSegmentHeader } from "./layout.ts";
import { SegmentWriter } from "./segment-writer.ts";

/** One segment. */
export interface Segment {
  readonly name: string;
  /** Sequence number of its first event. */
  readonly first: number;
  readonly tag: number;
  /** What ids of its events begin with, as bytes. */
  readonly prefix: Buffer;
  readonly fd: number;
  /** Bytes; of the one that is written: so far. */
  size: number;
}

/** What is said of files that are no segments of this queue. */
export type OnForeign = (name: string, why: string) => void;

/** The list of segments. */
export class Segments {
  readonly #directory: QueueDirectory;
  readonly #list: Segment[] = [];
  #writer: SegmentWriter | undefined;
  #bytes = 0;

  constructor(directory: QueueDirectory) {
    this.#directory = directory;
  }

  get count(): number {
    return this.#list.length;
  }

  /** Of all segments. */
  get bytes(): number {
    return this.#bytes;
  }

  get writer(): SegmentWriter | undefined {
    return this.#writer;
  }

  at(i: number): Segment | undefined {
    return this.#list[i];
  }

  /** The newest one, where there is one. */
  get newest(): Segment {
    return this.#list.at(-1)!;
  }

  /** The one that follows. */
  after(segment: Segment): Segment | undefined {
    return this.#list[this.#list.indexOf(segment) + 1];
  }

  /**
   * Opens what earlier runs have left.
   * @param queueId Segments of another queue are left alone; `undefined` takes that of the newest one.
   * @returns The queue's number, if it was found.
   */
  load(queueId: bigint | undefined, onForeign: OnForeign): bigint | undefined {
    let id = queueId;
    for (const { name, first, size } of this.#directory.segments(onForeign).toReversed()) {
      const fd = this.#open(name, onForeign);
      if (fd === undefined) continue;
      const bytes = Buffer.alloc(SEGMENT_BYTES);
      fs().readSync(fd, bytes, 0, SEGMENT_BYTES, 0);
      const header = readSegmentHeader(bytes);
      if (header !== undefined && header.first === first) id ??= header.queueId;
      if (header === undefined || header.first !== first || header.queueId !== id) {
        this.#directory.closeFile(fd);
        onForeign(name, header === undefined ? "it does not begin as one" : "it is another queue's");
        // What a kill has left at its very beginning.
        if (size === 0) this.#directory.remove(name);
        continue;
      }
      const prefix = Buffer.from(header.prefix, "latin1");
      this.#list.unshift({ name, first, tag: header.tag, prefix, fd, size });
      this.#bytes += size;
    }
    return id;
  }

  /**
   * Begins a new segment, which is written from now on.
   * @throws The system's error; then there is none.
   */
  begin(first: number, queueId: bigint): void {
    const name = segmentName(first, Date.now());
    const { O_CREAT, O_EXCL } = fs().constants;
    const fd = this.#directory.openFile(name, O_CREAT | O_EXCL);
    const header = Buffer.alloc(SEGMENT_BYTES);
    const tag = randomBytes(4).readUInt32LE(0);
    const prefix = newPrefix();
    writeSegmentHeader(header, { tag, queueId, first, prefix });
    const writer = new SegmentWriter(fd);
    try {
      writer.append(header);
    } catch (error) {
      this.#directory.closeFile(fd);
      this.#directory.remove(name);
      throw error;
    }
    const before = this.#writer;
    if (before !== undefined) void before.sync();
    this.#writer = writer;
    this.#bytes += SEGMENT_BYTES;
    this.#list.push({ name, first, tag, prefix: Buffer.from(prefix, "latin1"), fd, size: SEGMENT_BYTES });
  }

  /** Appends to the one that was begun last. @throws The system's error; then nothing has changed. */
  append(record: Uint8Array): void {
    this.#writer!.append(record);
    this.newest.size += record.length;
    this.#bytes += record.length;
  }

  /** Has the newest one hold this record alone. @throws The system's error. */
  reset(record: Uint8Array): void {
    this.#writer!.replace(record, SEGMENT_BYTES);
    this.#bytes -= this.newest.size - this.#writer!.size;
    this.newest.size = this.#writer!.size;
  }

  /** Removes the oldest segment, which is not the one that is written. */
  dropOldest(): void {
    const segment = this.#list.shift();
    if (segment === undefined) return;
    this.#bytes -= segment.size;
    this.#directory.closeFile(segment.fd);
    this.#directory.remove(segment.name);
  }

  #open(name: string, onForeign: OnForeign): number | undefined {
    try {
      return this.#directory.openFile(name, 0);
    } catch (error) {
      onForeign(name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

/** Six bytes of the time and six random ones: ids that begin with it sort by age, and no other queue has them. */
export function newPrefix(now = Date.now()): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(now, 0, 6);
  randomBytes(6).copy(bytes, 6);
  return bytes.toString("base64url").padEnd(PREFIX_BYTES, "-");
}

/** A random number that tells one queue from another. */
export function newQueueId(): bigint {
  return randomBytes(8).readBigUInt64LE(0);
}
