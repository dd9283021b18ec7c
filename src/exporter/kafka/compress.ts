/** @module Compresses records, on a thread of the runtime's own. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Compression } from "../../lib/kafka/record-batch.ts";

/** More would cost more than it saves. */
const LEVEL = { level: 1 };

const packGzip = promisify(gzip);

/** @returns The bytes themselves for `none`. Otherwise they must stay as they are until then. */
export async function compress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === "none") return bytes;
  if (compression === "gzip") return await packGzip(bytes, LEVEL);
  // Half of what node:zlib takes for the same.
  return await Bun.zstdCompress(bytes as Uint8Array<ArrayBuffer>, LEVEL);
}
