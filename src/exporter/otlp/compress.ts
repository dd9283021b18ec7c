/** @module Requests made smaller, on another thread. */
import { promisify } from "node:util";
import { gzip, constants as zlib, zstdCompress } from "node:zlib";

/** How requests are compressed. */
export type Compression = "none" | "gzip" | "zstd";

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);
const ZSTD_LEVEL = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };

/** The body, compressed at the level that costs least. */
export async function compress(
  body: Uint8Array<ArrayBuffer>,
  compression: Compression,
): Promise<Uint8Array<ArrayBuffer>> {
  if (compression === "none") return body;
  const packed =
    compression === "gzip" ? await gzipAsync(body, { level: 1 }) : await zstdAsync(body, ZSTD_LEVEL);
  return packed as Uint8Array<ArrayBuffer>;
}
