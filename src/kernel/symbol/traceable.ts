/** @module Functions of the kernel that kprobes can be attached to, as ftrace lists them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withTracefs } from "../tracepoint/index.ts";

const LIST = "available_filter_functions";
/** Stands for a function that is gone (Linux 6.1, kernel/trace/ftrace.c). */
const INVALID = /^__ftrace_invalid_address__/;

/**
 * Functions of the kernel itself, sorted, each once. Those of modules, which the file lists behind them, are left out.
 * @param tracefs Where it is. @default where it is found
 * @throws the system's error when the list cannot be read.
 */
export function listTraceableFunctions(tracefs?: string): string[] {
  const read = (directory: string) => readFileSync(join(directory, LIST), "latin1");
  const lines = (tracefs === undefined ? withTracefs(read) : read(tracefs)).split("\n");
  const firstOfModules = lines.findIndex((line) => line.includes(" "));
  const own = firstOfModules < 0 ? lines : lines.slice(0, firstOfModules);
  return [...new Set(own)].filter((name) => name !== "" && !INVALID.test(name)).sort();
}
