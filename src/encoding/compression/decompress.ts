/** @module What was compressed, as it was: told by its first bytes, and bounded whatever they are. */
import { constants, gunzipSync, inflateSync, type ZstdOptions, zstdDecompressSync } from "node:zlib";
import { errorMessage } from "../../os/caught.ts";
import { DICTIONARY, DICTIONARY_ID } from "./dictionary.ts";
import type { Compression } from "./kinds.ts";

/** Bytes that come out at most: more than any agent puts into one datagram. */
export const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
/** Of zstd: bytes that are looked back at, as a power of two. Who says more would have that much memory taken. */
const MAX_WINDOW_LOG = 22;
/** RFC 8878, section 3.1.1. */
const ZSTD_MAGIC = 0xfd2fb528;
const SINGLE_SEGMENT = 0x20;
const SIZE_OF_DICTIONARY_ID = [0, 1, 2, 4] as const;

let dictionary: Buffer | undefined;

/** Which compression the bytes say they have: by magic number (zstd, gzip: RFC 1952), or header and its check (zlib: RFC 1950). */
export function compressionOf(bytes: Buffer): Compression {
  if (bytes.length < 6) return "none";
  if (bytes.readUInt32LE(0) === ZSTD_MAGIC) return "zstd";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  const isDeflate = (bytes[0]! & 0x8f) === 0x08 && bytes.readUInt16BE(0) % 31 === 0;
  return isDeflate ? "zlib" : "none";
}

/** Takes apart what {@link compressionOf} found. @throws Error which says what is wrong with the bytes. */
export function decompress(bytes: Buffer, compression: Exclude<Compression, "none">): Buffer {
  const bound = { maxOutputLength: MAX_UNPACKED_BYTES };
  if (compression === "gzip") return gunzipSync(bytes, bound);
  if (compression === "zlib") return inflateSync(bytes, bound);
  const { dictionaryId, size } = frameOf(bytes);
  if (dictionaryId !== 0 && dictionaryId !== DICTIONARY_ID)
    throw new Error(`its dictionary ${dictionaryId} is not known`);
  if (size !== undefined && size > MAX_UNPACKED_BYTES) throw new Error(`it has ${size} bytes`);
  dictionary ??= Buffer.from(DICTIONARY, "base64");
  const options: ZstdOptions & { readonly dictionary?: Uint8Array } = {
    ...bound,
    params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
    ...(dictionaryId !== 0 && { dictionary }),
  };
  const result = zstdDecompressSync(bytes, options);
  // Bun says nothing of a frame that was cut off.
  if (size !== undefined && result.length < size) throw new Error("its end is missing");
  return result;
}

/** Why {@link decompress} failed, in words. */
export function reasonOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return code === "ERR_BUFFER_TOO_LARGE"
    ? `it has more than ${MAX_UNPACKED_BYTES} bytes`
    : errorMessage(error);
}

/** What the header of a zstd frame says. @returns `dictionaryId` 0: none. */
function frameOf(bytes: Buffer): { readonly dictionaryId: number; readonly size: number | undefined } {
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const idBytes = SIZE_OF_DICTIONARY_ID[descriptor & 3]!;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag;
  const idAt = isSingle ? 5 : 6;
  if (bytes.length < idAt + idBytes + sizeBytes) throw new Error("its header is cut off");
  const dictionaryId = idBytes === 0 ? 0 : bytes.readUIntLE(idAt, idBytes);
  if (sizeBytes === 0) return { dictionaryId, size: undefined };
  const sizeAt = idAt + idBytes;
  if (sizeBytes === 8) return { dictionaryId, size: Number(bytes.readBigUInt64LE(sizeAt)) };
  return { dictionaryId, size: bytes.readUIntLE(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0) };
}
