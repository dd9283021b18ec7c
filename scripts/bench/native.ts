/** @module Builds the C programs of the benchmarks with the host's compiler. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { WORK_DIRECTORY } from "./fixture.ts";

/** Programs, and what the compiler gets besides the usual flags. */
const PROGRAMS = {
  connections: ["-static"],
  count: [],
  limit: [],
  spawn: ["-static"],
  "spawn-nothing": ["-static", "-nostdlib"],
  "sensor-flood": [],
  "system-calls": ["-static"],
} as const satisfies Record<string, readonly string[]>;

/** Where a program of scripts/bench/native is put. */
export function programPath(name: keyof typeof PROGRAMS): string {
  return `${WORK_DIRECTORY}${name}`;
}

/**
 * Builds what is out of date.
 * @returns `false` when the host has no C compiler.
 * @throws Error with the compiler's messages when it refuses a program.
 */
export function buildNativePrograms(): boolean {
  const compiler = Bun.which("gcc") ?? Bun.which("cc");
  if (compiler === null) return false;
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  for (const [name, flags] of Object.entries(PROGRAMS)) {
    const source = new URL(`native/${name}.c`, import.meta.url).pathname;
    const program = programPath(name as keyof typeof PROGRAMS);
    if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) continue;
    const { exitCode, stderr } = Bun.spawnSync([
      compiler,
      "-O2",
      "-Wall",
      "-Wextra",
      ...flags,
      "-o",
      program,
      source,
    ]);
    if (exitCode !== 0) throw new Error(`Cannot build "${source}":\n${stderr.toString()}`);
  }
  return true;
}
