/** @module Bytes made shorter, in one go. */
import { constants, deflateSync, gzipSync, type ZstdOptions, zstdCompressSync } from "node:zlib";
import { DICTIONARY } from "./dictionary.ts";
import type { Compression } from "./kinds.ts";

/** Makes bytes shorter: a new buffer each time, which nobody else changes. */
export type Compressor = (bytes: Uint8Array) => Uint8Array;

/**
 * Of zstd: fast enough to be on an event's way. Level 1 makes a quarter fewer bytes and takes a third more time (1.8 KB an event:
 * 10.4 % and 4.2 us against 14.1 % and 3.1 us).
 */
const ZSTD_LEVEL = -3;
/** Of gzip and zlib. */
const DEFLATE_LEVEL = 1;
/** More than most results have, so that they are one piece. */
const CHUNK_BYTES = 64 * 1024;

/** What `none` has no need of. */
export function createCompressor(compression: Exclude<Compression, "none">): Compressor {
  if (compression === "zstd") {
    // Bun's types lack `dictionary`.
    const options: ZstdOptions & { readonly dictionary: Uint8Array } = {
      dictionary: Buffer.from(DICTIONARY, "base64"),
      params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
      chunkSize: CHUNK_BYTES,
    };
    return (bytes) => zstdCompressSync(bytes, options);
  }
  const options = { level: DEFLATE_LEVEL, chunkSize: CHUNK_BYTES };
  return compression === "gzip"
    ? (bytes) => gzipSync(bytes, options)
    : (bytes) => deflateSync(bytes, options);
}
