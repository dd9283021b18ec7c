/** @module Compresses records, on a thread of the runtime's own. */
import { promisify } from "node:util";
import { gzip, constants as zlib, zstdCompress } from "node:zlib";
import type { Compression } from "../../lib/kafka/record-batch.ts";

const ZSTD = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };
const GZIP = { level: 1 };

const [packGzip, packZstd] = [promisify(gzip), promisify(zstdCompress)];

/** @returns The bytes themselves for `none`. Otherwise they must stay as they are until then. */
export async function compress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === "none") return bytes;
  return compression === "gzip" ? await packGzip(bytes, GZIP) : await packZstd(bytes, ZSTD);
}
