/** @module How many values a per-CPU map has under each key. */
import { readFileSync } from "node:fs";

const POSSIBLE = "/sys/devices/system/cpu/possible";
let count: number | undefined;

/** CPUs that this machine may ever have: a per-CPU map has a value for each. `0-3,8` are five. */
export function possibleCpuCount(): number {
  count ??= readFileSync(POSSIBLE, "utf8")
    .trim()
    .split(",")
    .reduce((sum, range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return sum + last - first + 1;
    }, 0);
  return count;
}
