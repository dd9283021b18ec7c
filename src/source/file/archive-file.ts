/** @module One gzip'd rotated file: read once, decompressed as it is read. */
import * as fs from "node:fs";
import type { ZlibOptions } from "node:zlib";
import { FINGERPRINT_BYTES } from "../../checkpoint/fingerprint.ts";
import { LineCursor } from "../line-cursor.ts";
import { inodeKey } from "../stat.ts";
import type { Drainable } from "./drainable.ts";
import { headerLength, isGzip } from "./gzip-header.ts";
import { GzipText } from "./gzip-text.ts";
import type { Rotation } from "./surroundings.ts";

/** Compressed bytes that are looked at for the head: more than enough for 1024 bytes of text. */
const HEAD_READ_BYTES = 4096;
const TWO_32 = 2 ** 32;

/** Loaded when the first archive is met: it takes 6 MB. */
const zlib = () => process.getBuiltinModule("node:zlib");

/** Whether a file of that name is taken to be compressed. */
export function isArchiveName(path: string): boolean {
  return path.endsWith(".gz");
}

/** A `.gz` file and what is known about it. */
export class ArchiveFile implements Drainable {
  readonly dev: bigint;
  readonly ino: bigint;
  path: string;
  cursor = new LineCursor();
  /** The first bytes of the text. */
  head: Uint8Array = new Uint8Array(0);
  /**
   * Length of the text modulo 2^32, as gzip's trailer has it (RFC 1952, ISIZE): that of the last part when the file
   * is several compressed files in a row.
   */
  textLength = 0;
  /** Whether it is known which stream this is. */
  isPlaced = false;
  /** Whether nothing of it is to be read (any more). */
  isDrained = false;
  /** Whether it could not be opened the last time: the next look tries again. */
  hasFailed = false;
  after: Drainable | undefined;
  /** Whether another file is known to go on with the stream. */
  hasSuccessor = false;
  /** What it was before it was rotated away, when the glob does not name it. */
  rotatedFrom: Rotation | undefined;
  /** Time of the last change, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Size and time of change at the last look. */
  revision: string;
  #settledRevision = "";
  #text: GzipText | undefined;

  constructor(path: string, stat: fs.BigIntStats) {
    this.path = path;
    this.dev = stat.dev;
    this.ino = stat.ino;
    this.mtimeNs = stat.mtimeNs;
    this.revision = revisionOf(stat);
  }

  get key(): string {
    return inodeKey(this);
  }

  /** Whether it is as it was when this was asked last: nobody is writing it any more. */
  settle(): boolean {
    const isSettled = this.#settledRevision === this.revision;
    this.#settledRevision = this.revision;
    return isSettled;
  }

  /** Whether it can be read now. */
  get isReady(): boolean {
    return (
      !this.hasFailed &&
      this.isPlaced &&
      !this.isDrained &&
      (this.after === undefined || this.after.isDrained)
    );
  }

  /**
   * Reads {@link head}, which stays empty when there is nothing to decompress, and {@link textLength}.
   * @throws The system's error when the file cannot be read.
   */
  probe(): void {
    const fd = fs.openSync(this.path, fs.constants.O_RDONLY);
    try {
      const compressed = new Uint8Array(HEAD_READ_BYTES);
      const count = fs.readSync(fd, compressed, 0, compressed.length, 0);
      this.head = decompressedHead(compressed.subarray(0, count));
      const trailer = new Uint8Array(4);
      const { size } = fs.fstatSync(fd);
      fs.readSync(fd, trailer, 0, trailer.length, Math.max(0, size - trailer.length));
      this.textLength = new DataView(trailer.buffer).getUint32(0, true);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Whether the text ends at `position`, going by {@link textLength}. */
  endsAt(position: number): boolean {
    return position % TWO_32 === this.textLength;
  }

  /**
   * The next pieces of the text, `undefined` at its end.
   * @throws The system's error.
   */
  read(): Promise<readonly Uint8Array[] | undefined> {
    this.#text ??= new GzipText(this.path);
    return this.#text.read();
  }

  /** Ends reading. @returns What was wrong with the file, as far as it was read. */
  close(): string | undefined {
    const text = this.#text;
    this.#text = undefined;
    text?.close();
    return text?.problem;
  }
}

/** What changes when a file is written. */
export function revisionOf(stat: fs.BigIntStats): string {
  return `${stat.size}:${stat.mtimeNs}`;
}

function decompressedHead(compressed: Uint8Array): Uint8Array {
  const options = { finishFlush: zlib().constants.Z_SYNC_FLUSH };
  try {
    return new Uint8Array(zlib().gunzipSync(compressed, options).subarray(0, FINGERPRINT_BYTES));
  } catch {
    return firstMemberHead(compressed, options);
  }
}

/** What stands behind the first compressed part may be rubbish. */
function firstMemberHead(compressed: Uint8Array, options: ZlibOptions): Uint8Array {
  const length = isGzip(compressed) ? headerLength(compressed) : -1;
  if (length === -1) return new Uint8Array(0);
  try {
    const text = zlib().inflateRawSync(compressed.subarray(length), options);
    return new Uint8Array(text.subarray(0, FINGERPRINT_BYTES));
  } catch {
    return new Uint8Array(0);
  }
}
