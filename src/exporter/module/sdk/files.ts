/** @module The files that `tetrad sdk` writes, as text: imported as a macro, they are read when the executable is built. */
import { readFileSync } from "node:fs";

const NAMES = ["tetrad.d.ts", "example.ts", "example.test.ts"] as const;

/** Their texts by their names. */
export function sdkFiles(): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, readFileSync(`${import.meta.dir}/${name}`, "utf8")]));
}
