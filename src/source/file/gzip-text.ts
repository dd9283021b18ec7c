/** @module The text of a gzip'd file: all that can be unpacked of it, also when it is cut short, damaged or followed by rubbish. */
import * as fs from "node:fs";
import { headerLength, isGzip, MAX_HEADER_BYTES, TRAILER_BYTES } from "./gzip-header.ts";
import { crc32, Inflater } from "./inflater.ts";

/** Compressed bytes of one read. They can be a thousand times as many bytes of text. */
const READ_BYTES = 8 * 1024;
/** Compressed bytes at a time, where some of them cannot be unpacked. */
const CAREFUL_BYTES = 16;

/** One of the compressed files that the file consists of. */
interface Member {
  /** Offset of the compressed data in the file. */
  readonly start: number;
  readonly inflater: Inflater;
  /** Offset of the next read. */
  offset: number;
  crc: number;
  /** Bytes of text so far. */
  length: number;
}

/** Reads one file from its beginning. Owns the descriptor. */
export class GzipText {
  readonly #fd: number;
  readonly #size: number;
  #member: Member | undefined;
  #next = 0;
  #problem: string | undefined;
  #isDone = false;

  /** @throws The system's error when the file cannot be opened. */
  constructor(path: string) {
    this.#fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    this.#size = fs.fstatSync(this.#fd).size;
  }

  /** What was wrong with the file, once its text has ended. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * The next pieces of the text; `undefined` at its end.
   * @throws The system's error when the file cannot be read.
   */
  async read(): Promise<readonly Uint8Array[] | undefined> {
    while (!this.#isDone) {
      const member = this.#member ?? this.#begin();
      if (member === undefined) break;
      const chunks = await this.#advance(member);
      if (chunks.length > 0) return chunks;
    }
    return undefined;
  }

  close(): void {
    this.#member?.inflater.close();
    this.#member = undefined;
    this.#isDone = true;
    fs.closeSync(this.#fd);
  }

  #begin(): Member | undefined {
    const start = this.#next;
    const head = this.#bytesAt(start, MAX_HEADER_BYTES);
    if (start > 0 && head.every((byte) => byte === 0)) return this.#end(undefined);
    if (!isGzip(head)) {
      const found = start === 0 ? "it is not gzip'd" : `${this.#size - start} bytes behind its end`;
      return this.#end(found);
    }
    const length = headerLength(head);
    if (length === -1) return this.#end("it is cut short");
    const at = start + length;
    this.#member = { start: at, inflater: new Inflater(), offset: at, crc: 0, length: 0 };
    return this.#member;
  }

  async #advance(member: Member): Promise<readonly Uint8Array[]> {
    const { inflater } = member;
    const bytes = this.#bytesAt(member.offset, READ_BYTES);
    if (bytes.length === 0) {
      this.#end("it is cut short");
      return [];
    }
    const { chunks, error } = await inflater.write(bytes);
    this.#add(member, chunks);
    if (error !== undefined) {
      const rest = await this.#salvage(member);
      this.#end("it is damaged");
      return [...chunks, ...rest];
    }
    member.offset += bytes.length;
    if (inflater.isEnded) this.#endMember(member);
    return chunks;
  }

  #add(member: Member, chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      member.crc = crc32(chunk, member.crc);
      member.length += chunk.length;
    }
  }

  #endMember({ start, inflater, crc, length }: Member): void {
    const at = start + inflater.consumed;
    const trailer = this.#bytesAt(at, TRAILER_BYTES);
    this.#closeMember();
    this.#next = at + TRAILER_BYTES;
    if (trailer.length < TRAILER_BYTES) {
      this.#end("it is cut short");
      return;
    }
    const view = new DataView(trailer.buffer, trailer.byteOffset);
    if (view.getUint32(0, true) !== crc >>> 0 || view.getUint32(4, true) !== length >>> 0)
      this.#problem ??= "its checksum is wrong";
    if (this.#next >= this.#size) this.#isDone = true;
  }

  /**
   * The text of the bytes before the damaged place that came in one read with it: the decompressor has thrown it away.
   * All is unpacked once more, the last read in small steps.
   */
  async #salvage(member: Member): Promise<Uint8Array[]> {
    const inflater = new Inflater();
    const saved: Uint8Array[] = [];
    let skip = member.length;
    const end = member.offset + READ_BYTES;
    try {
      for (let at = member.start; at < end; ) {
        const step = at < member.offset ? Math.min(READ_BYTES, member.offset - at) : CAREFUL_BYTES;
        const bytes = this.#bytesAt(at, step);
        if (bytes.length === 0) break;
        const { chunks, error } = await inflater.write(bytes);
        for (const chunk of chunks) {
          if (skip < chunk.length) saved.push(chunk.subarray(skip));
          skip = Math.max(0, skip - chunk.length);
        }
        if (error !== undefined) break;
        at += bytes.length;
      }
    } finally {
      inflater.close();
    }
    return saved;
  }

  #bytesAt(offset: number, count: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(count, this.#size - offset)));
    return bytes.subarray(0, fs.readSync(this.#fd, bytes, 0, bytes.length, offset));
  }

  #closeMember(): void {
    this.#member?.inflater.close();
    this.#member = undefined;
  }

  #end(problem: string | undefined): undefined {
    this.#closeMember();
    this.#problem ??= problem;
    this.#isDone = true;
  }
}
