/** @module What paths of programs in a policy are on this host. */
import { closeSync, openSync, readSync } from "node:fs";
import { type ResolvePath, resolvePath } from "../binary-links.ts";
import type { BinaryCondition } from "../policy.ts";

/** Looks at a path; tests pass another. */
export interface Host {
  readonly resolve: ResolvePath;
  /** Interpreter of a script. */
  interpreter(path: string): string | undefined;
}

const BYTES_OF_LINE = 256;

/** This host. */
export const HOST: Host = {
  resolve: resolvePath,
  interpreter(path) {
    let fd: number | undefined;
    try {
      fd = openSync(path, "r");
      const bytes = Buffer.alloc(BYTES_OF_LINE);
      const length = readSync(fd, bytes, 0, bytes.length, 0);
      return /^#!\s*(\S+)/.exec(bytes.toString("latin1", 0, length))?.[1];
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  },
};

/** A line for each whole path that is not simply a program here. */
export function explainBinaries({ operand }: BinaryCondition, host: Host): string[] {
  if (operand.operator !== "EqualString") return [];
  return operand.strings.flatMap((bytes) => {
    const path = Buffer.from(bytes).toString("utf8");
    const found = host.resolve(path);
    if (found === undefined) return [`${path} is not on this host (it may be in a container)`];
    const lines =
      found === path ? [] : [`${path} is a link here: events print ${found}, which counts as the same`];
    const interpreter = host.interpreter(found);
    if (interpreter !== undefined) {
      lines.push(`${path} is a script: the program of its process is ${interpreter}`);
    }
    return lines;
  });
}
