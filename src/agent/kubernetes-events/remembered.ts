/** @module What is remembered from one start of the agent to the next, so that it can say what has changed. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { readTrustedFile } from "../../config/trust.ts";

/** One start. */
const StartSchema = v.object({
  version: v.string(),
  commit: v.optional(v.string()),
  configDigest: v.string(),
  kernel: v.optional(v.string()),
  bootId: v.optional(v.string()),
  /** Whether it has ended as it was asked to. */
  hasStopped: v.boolean(),
});

export type RememberedStart = v.InferOutput<typeof StartSchema>;

/** The last start; `undefined` where there was none. @throws Error when the file cannot be read, or is not to be trusted. */
export function readRemembered(path: string): RememberedStart | undefined {
  const read = readTrustedFile(path);
  if ("refused" in read) throw new Error(`Cannot read "${path}": ${read.refused}`);
  if (read.text === undefined) return undefined;
  const result = v.safeParse(StartSchema, parse(read.text));
  return result.success ? result.output : undefined;
}

/** Replaces what was remembered, as a whole. Makes the directory, where the one above is there. @throws The system's error. */
export function remember(path: string, start: RememberedStart): void {
  const directory = dirname(path);
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
  const next = `${path}.next`;
  writeFileSync(next, `${JSON.stringify(start)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

/** A file that is cut off says nothing. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
