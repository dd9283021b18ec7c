/** @module How many more files this process may open. */
import { readdirSync } from "node:fs";
import { readProcFile } from "./proc-file.ts";

const LIMIT = /^Max open files\s+(\d+)/m;

/** Descriptors that are free, or infinity where `/proc` does not say. */
export function freeDescriptors(): number {
  try {
    const limit = LIMIT.exec(readProcFile("/proc/self/limits"))?.[1];
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, Number(limit) - readdirSync("/proc/self/fd").length);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
