/** @module The documents that a datagram carries. */
import { compressionOf, decompress, reasonOf } from "../encoding/compression/decompress.ts";
import { gelfDocument, looksLikeGelf } from "../encoding/gelf/parse.ts";
import { isSyslog, syslogMessage } from "../encoding/rfc5424/parse.ts";
import { isTooMuch } from "./bounds.ts";

/** Takes a datagram apart. @returns Documents, each with its newline; the datagram itself where it is none of a known form. */
export type DatagramDecoder = (datagram: Buffer) => Decoded;

/** What was in a datagram. */
export interface Decoded {
  readonly documents: readonly Buffer[];
  /** Why it could not be taken apart: then it is its only document. */
  readonly reason?: string;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const CLOSE_BRACE = 0x7d;
/** More documents in one datagram than an agent sends. */
const MAX_DOCUMENTS = 4096;

/**
 * Whatever `--udp-batch`, `--udp-compression` and `--udp-format` make: one document a line, compressed or not; a syslog message; a
 * GELF message of which nothing is missing.
 */
export const decodeDatagram: DatagramDecoder = (datagram) => {
  const compression = compressionOf(datagram);
  try {
    if (isSyslog(datagram)) return { documents: [lineOf(syslogMessage(datagram))] };
    const bytes = compression === "none" ? datagram : decompress(datagram, compression);
    const document = looksLikeGelf(bytes) && !isTooMuch(bytes) ? gelfDocument(bytes) : undefined;
    return { documents: document === undefined ? linesOf(bytes) : [lineOf(document)] };
  } catch (error) {
    const kind = isSyslog(datagram) ? "syslog" : compression === "none" ? "lines" : compression;
    return { documents: [datagram], reason: `cannot be unpacked as ${kind}: ${reasonOf(error)}` };
  }
};

/** The document with its newline, which the envelope leaves out. */
function lineOf(document: Buffer): Buffer {
  return document.at(-1) === NEWLINE ? document : Buffer.concat([document, Buffer.of(NEWLINE)]);
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  let end = bytes.indexOf(NEWLINE) + 1;
  if (end === 0 || end === bytes.length || !endsObject(bytes, end)) return [bytes];
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

/** Whether an object ends before `end`: else its lines are those of one document that somebody laid out. */
function endsObject(bytes: Buffer, end: number): boolean {
  let last = end - 1;
  while (last >= 0 && bytes[last]! <= SPACE) last--;
  return last < 0 || bytes[last] === CLOSE_BRACE;
}
