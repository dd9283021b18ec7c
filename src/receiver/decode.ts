/** @module The documents that a datagram carries. */
import { compressionOf, decompress, reasonOf } from "../encoding/compression/decompress.ts";

/** Takes a datagram apart. @returns Documents, each with its newline; the datagram itself where it is none of a known form. */
export type DatagramDecoder = (datagram: Buffer) => Decoded;

/** What was in a datagram. */
export interface Decoded {
  readonly documents: readonly Buffer[];
  /** Why it could not be taken apart: then it is its only document. */
  readonly reason?: string;
}

const NEWLINE = 0x0a;
/** More documents in one datagram than an agent sends. */
const MAX_DOCUMENTS = 4096;

/** Whatever `--udp-batch` and `--udp-compression` make: one document a line, compressed or not. */
export const decodeDatagram: DatagramDecoder = (datagram) => {
  const compression = compressionOf(datagram);
  try {
    return { documents: linesOf(compression === "none" ? datagram : decompress(datagram, compression)) };
  } catch (error) {
    const kind = compression === "none" ? "lines" : compression;
    return { documents: [datagram], reason: `cannot be unpacked as ${kind}: ${reasonOf(error)}` };
  }
};

function linesOf(bytes: Buffer): readonly Buffer[] {
  let end = bytes.indexOf(NEWLINE) + 1;
  if (end === 0 || end === bytes.length) return [bytes];
  const lines: Buffer[] = [];
  let start = 0;
  for (; end > 0; end = bytes.indexOf(NEWLINE, start) + 1) {
    if (lines.length === MAX_DOCUMENTS) throw new Error(`it has more than ${MAX_DOCUMENTS} lines`);
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  if (start < bytes.length) lines.push(bytes.subarray(start));
  return lines;
}
