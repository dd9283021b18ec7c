/** @module Files of events: made once, kept in .tmp/bench, read before use so that they are in the page cache. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { EventMaker, type EventMakerSettings } from "./events.ts";

/** Where everything goes that a benchmark makes; not in the repository. */
export const WORK_DIRECTORY = new URL("../../.tmp/bench/", import.meta.url).pathname;
/** Part of the file names: to be raised when the events change. */
const VERSION = 3;
const WRITE_BYTES = 4 * 1024 * 1024;

/** A file to be made. */
export interface FixtureSettings extends EventMakerSettings {
  /** Events in the file. */
  readonly count: number;
  /** Bytes of one line in the middle that is longer than the others, newline not included. */
  readonly longLineBytes?: number;
}

/** A file that is there. */
export interface Fixture {
  readonly path: string;
  /** Lines, the long one included. */
  readonly count: number;
  readonly bytes: number;
}

/** Makes the file unless it is there already, and reads it once. */
export function prepareFixture(settings: FixtureSettings): Fixture {
  const { meanBytes, count, seed, type = "all", longLineBytes = 0 } = settings;
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const path = `${WORK_DIRECTORY}events-v${VERSION}-${meanBytes}-${count}-${seed}-${type}-${longLineBytes}.jsonl`;
  if (!existsSync(path)) writeFixture(path, settings);
  readOnce(path);
  return { path, count: count + (longLineBytes > 0 ? 1 : 0), bytes: statSync(path).size };
}

function writeFixture(path: string, settings: FixtureSettings): void {
  const maker = new EventMaker(settings);
  const fd = openSync(`${path}.tmp`, "w");
  try {
    let chunk = "";
    for (let i = 0; i < settings.count; i++) {
      chunk += maker.next();
      if (settings.longLineBytes !== undefined && i === settings.count >> 1) {
        chunk += maker.long(settings.longLineBytes);
      }
      if (chunk.length > WRITE_BYTES) {
        writeSync(fd, chunk);
        chunk = "";
      }
    }
    writeSync(fd, chunk);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.tmp`, path);
}

function readOnce(path: string): void {
  const buffer = new Uint8Array(WRITE_BYTES);
  const fd = openSync(path, "r");
  try {
    while (readSync(fd, buffer) > 0);
  } finally {
    closeSync(fd);
  }
}
