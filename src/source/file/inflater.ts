/** @module Decompresses one DEFLATE stream (RFC 1951) as its bytes come, and gives away everything that it unpacks. */
import type { InflateRaw } from "node:zlib";

/** Bytes of text in one piece. */
const CHUNK_BYTES = 64 * 1024;

/** Loaded when the first archive is met: it takes 6 MB. */
const zlib = () => process.getBuiltinModule("node:zlib");

/** What one {@link Inflater.write} did. */
export interface Inflated {
  readonly chunks: readonly Uint8Array[];
  /** Why nothing can be unpacked from here on. */
  readonly error: Error | undefined;
}

/** One stream. What was unpacked before an error is not lost. */
export class Inflater {
  readonly #stream: InflateRaw = zlib().createInflateRaw({ chunkSize: CHUNK_BYTES });
  #chunks: Uint8Array[] = [];
  #error: Error | undefined;
  #onError: () => void = () => {};
  #isEnded = false;

  constructor() {
    this.#stream.on("data", (chunk: Uint8Array) => this.#chunks.push(chunk));
    this.#stream.on("end", () => {
      this.#isEnded = true;
    });
    this.#stream.on("error", (error) => {
      this.#error = error;
      this.#onError();
    });
  }

  /** Whether the stream has ended. It shows once bytes behind the end were written. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Bytes of compressed text that belonged to the stream. */
  get consumed(): number {
    return this.#stream.bytesWritten;
  }

  /** Unpacks more. Never rejects. Resolves when all of `bytes` that belong to the stream are used up. */
  async write(bytes: Uint8Array): Promise<Inflated> {
    await new Promise<void>((resolve) => {
      this.#onError = resolve;
      this.#stream.write(bytes, () => resolve());
    });
    const chunks = this.#chunks;
    this.#chunks = [];
    return { chunks, error: this.#error };
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** CRC-32 of text that follows on text with the CRC-32 `before`. */
export function crc32(text: Uint8Array, before: number): number {
  return zlib().crc32(text, before);
}
