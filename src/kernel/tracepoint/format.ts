/** @module Format files of tracepoints: the fields of their records. */
import { readFileSync } from "node:fs";
import { errorCode } from "../../os/caught.ts";
import { withTracefs } from "./tracefs.ts";

/** A field of a record, those that all tracepoints have among them. */
export interface TracepointField {
  readonly name: string;
  /** As C has it, without the name: `const char *`, `char[16]`, `__data_loc char[]`. */
  readonly type: string;
  /** Bytes from the beginning of the record. */
  readonly offset: number;
  readonly size: number;
  readonly isSigned: boolean;
}

/** A tracepoint, as its format file has it. */
export interface TracepointFormat {
  /** `perf_event_attr.config` of it. */
  readonly id: number;
  /** In the order of the file. */
  readonly fields: readonly TracepointField[];
}

/** Why there is no format: there is no such tracepoint, or nobody without rights may look. */
export type MissingFormat = "absent" | "unreadable";

const FIELD = /^\tfield:(.+?);\toffset:(\d+);\tsize:(\d+);\tsigned:([01]);/;
/** The type, the name, and what an array has behind the name. */
const DECLARATION = /^(.*?)\s*\b(\w+)((?:\[[^\]]*\])*)$/;
/** Names of directories: nothing that leads elsewhere. */
const NAME = /^[\w-]+$/;

/**
 * Reads the format of a tracepoint of the running kernel.
 * @param root Where tracefs is. @default where it is found
 */
export function readTracepointFormat(
  subsystem: string,
  event: string,
  root?: string,
): TracepointFormat | MissingFormat {
  if (!NAME.test(subsystem) || !NAME.test(event)) return "absent";
  try {
    const read = (directory: string) => readFormat(directory, subsystem, event);
    return root === undefined ? withTracefs(read) : read(root);
  } catch {
    // There is none that may be seen.
    return "unreadable";
  }
}

function readFormat(root: string, subsystem: string, event: string): TracepointFormat | MissingFormat {
  try {
    return parseTracepointFormat(readFileSync(`${root}/events/${subsystem}/${event}/format`, "latin1"));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") return "unreadable";
    return isThere(`${root}/events/sched`) ? "absent" : "unreadable";
  }
}

/** Every tracefs has this subsystem. */
function isThere(path: string): boolean {
  try {
    readFileSync(`${path}/enable`);
    return true;
  } catch (error) {
    return errorCode(error) !== "ENOENT";
  }
}

/** Reads the text of a format file. @throws SyntaxError when it is none. */
export function parseTracepointFormat(text: string): TracepointFormat {
  const [, id] = /^ID: (\d+)$/m.exec(text) ?? [];
  if (id === undefined) throw new SyntaxError("Cannot read the format of a tracepoint: found no ID");
  const fields: TracepointField[] = [];
  for (const line of text.split("\n")) {
    const [, declaration, offset, size, signed] = FIELD.exec(line) ?? [];
    if (declaration === undefined) continue;
    const [, type, name, dimensions] = DECLARATION.exec(declaration) ?? ["", declaration, "", ""];
    fields.push({
      name: name!,
      type: `${type}${dimensions}`,
      offset: Number(offset),
      size: Number(size),
      isSigned: signed === "1",
    });
  }
  return { id: Number(id), fields };
}
