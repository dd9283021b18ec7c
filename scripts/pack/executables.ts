/** @module The executables that images and packages are made from: self-contained, one for each architecture. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readLicenses } from "../../src/install/licenses.ts";
import { TetradError } from "../../src/os/error.ts";
import { parseElf } from "./elf.ts";
import { collectLicenses } from "./licenses.ts";
import { type Machine, machineOf } from "./machine.ts";
import { packSelfContained } from "./pack.ts";

/** Where builds go. */
export const DIST = join(import.meta.dir, "../../dist");

/** A self-contained executable. */
export interface Executable {
  readonly path: string;
  readonly architecture: Machine["name"];
}

/**
 * Calls `use` with the executables at `paths`, packing those in passing that are not packed yet; what it packs is
 * removed when `use` returns.
 * @param paths By default those of `npm run build -- --all`.
 * @throws TetradError when one is missing or cannot be packed.
 */
export function withExecutables<T>(paths: readonly string[], use: (executables: Executable[]) => T): T {
  const inputs =
    paths.length > 0 ? paths : ["x64", "arm64"].map((name) => join(DIST, `tetrad-linux-${name}`));
  const scratch = mkdtempSync(join(tmpdir(), "tetrad-pack-"));
  try {
    return use(inputs.map((input) => selfContained(input, scratch)));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function selfContained(input: string, scratch: string): Executable {
  if (!existsSync(input)) {
    throw new TetradError("failed", `Cannot find "${input}": run npm run build -- --all first`);
  }
  const architecture = machineOf(parseElf(input, readFileSync(input))).name;
  if (readLicenses(input) !== undefined) return { path: input, architecture };
  const path = join(scratch, basename(input));
  packSelfContained({ input, output: path, licenses: collectLicenses(input) });
  return { path, architecture };
}
