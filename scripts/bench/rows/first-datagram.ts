/** @module The start, over that of a compiled program which sends one datagram and does nothing else. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { WORK_DIRECTORY } from "../fixture.ts";
import { measureStart } from "../start.ts";
import { median } from "../statistics.ts";
import type { Row, RowSettings } from "./row.ts";

const SOURCE = new URL("../send-one.ts", import.meta.url).pathname;
const PROGRAM = `${WORK_DIRECTORY}send-one`;
/** Starts of each in a round. */
const STARTS = 9;

/** Compiled as tetrad is: see scripts/build.ts. */
function buildProgram(): void {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return;
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", "--no-compile-autoload-dotenv"];
  const { exitCode, stderr } = Bun.spawnSync([
    process.execPath,
    "build",
    ...flags,
    "--no-compile-autoload-bunfig",
    `--outfile=${PROGRAM}`,
    SOURCE,
  ]);
  if (exitCode !== 0) throw new Error(`Cannot build "${SOURCE}":\n${stderr.toString()}`);
}

async function measure({ executable, isQuick, rounds, onProgress }: RowSettings): Promise<number> {
  buildProgram();
  const starts = isQuick ? 1 : STARTS;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const own = await measureStart(executable, starts);
    const program = await measureStart(PROGRAM, starts);
    ratios.push(own.medianMs / program.medianMs);
    const times = `${own.medianMs.toFixed(1)} over ${program.medianMs.toFixed(1)} ms`;
    onProgress(`start/over a bare program: round ${round + 1}/${rounds}: ${times}`);
  }
  return median(ratios);
}

export const firstDatagram: Row = {
  name: "start/over a bare program",
  label: "first datagram, median, over a compiled Bun program that does nothing but send one",
  goal: { atMost: 2 },
  kind: "time",
  unit: "",
  digits: 2,
  measure,
};
