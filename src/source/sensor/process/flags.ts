/** @module Tetragon's `flags`: how the agent came to know a process, and what it could not find out. */
import { json } from "../event/json-writer.ts";

/** A bit for each flag, in the order in which Tetragon writes them. A process's flags are a sum of these. */
export const FLAG = {
  execve: 1 << 0,
  procFS: 1 << 1,
  errorEnvs: 1 << 2,
  truncArgs: 1 << 3,
  errorFilename: 1 << 4,
  errorArgs: 1 << 5,
  rootcwd: 1 << 6,
  errorCWD: 1 << 7,
  clone: 1 << 8,
  errorPathResolutionCwd: 1 << 9,
  dataFilename: 1 << 10,
  dataArgs: 1 << 11,
  inInitTree: 1 << 12,
} as const;

/**
 * Bytes in which Tetragon sends a name and arguments with an event: what is longer comes as data of its own. `BUFFER` less
 * what comes before `args` in `struct msg_process`.
 */
const EVENT_ROOM = 1024 - 64;
/** `MAXARGLENGTH - 1`: what is read of a name, its NUL included, fills this. */
const NAME_ROOM = 255;
/** What it puts in place of a name that comes as data: `struct data_event_desc`. */
const DATA_DESCRIPTOR = 24;

/**
 * Tetragon's flags for a name and arguments that do not fit an event of its. Source: `read_path()` and `read_args()` of its
 * `bpf/process/`.
 * @param nameSize Bytes of the name, without its NUL.
 * @param argumentsSize Bytes of the arguments after the first, each with its NUL.
 */
export function dataFlags(nameSize: number, argumentsSize: number): number {
  const isNameLong = nameSize + 1 >= NAME_ROOM;
  const room = EVENT_ROOM - (isNameLong ? DATA_DESCRIPTOR : nameSize);
  return flagIf(isNameLong, FLAG.dataFilename) | flagIf(argumentsSize >= room, FLAG.dataArgs);
}

/** A flag if a condition holds. */
export function flagIf(condition: boolean, flag: number): number {
  return condition ? flag : 0;
}

interface FlagsMember {
  readonly text: string;
  readonly json: Uint8Array;
}

/** Combinations that occurred: a handful, where processes are thousands. */
const members = new Map<number, FlagsMember>();

function memberOf(flags: number): FlagsMember {
  const known = members.get(flags);
  if (known !== undefined) return known;
  const text = Object.entries(FLAG)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join(" ");
  const member = { text, json: json(text === "" ? "" : `,"flags":"${text}"`) };
  members.set(flags, member);
  return member;
}

/** The names of flags, a space between two. */
export function flagsText(flags: number): string {
  return memberOf(flags).text;
}

/** The member `flags`, a comma before it, or nothing when there are none. */
export function flagsJson(flags: number): Uint8Array {
  return memberOf(flags).json;
}
