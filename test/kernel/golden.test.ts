/**
 * The sensor's programs as bytecode, for one kernel whose types were written down. `UPDATE_GOLDEN=1` writes
 * the files anew from the running kernel.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listing } from "../../src/kernel/asm/index.ts";
import { KernelTypes, readKernelBtf, type TypeSource } from "../../src/kernel/btf/index.ts";
import { connectProgram, execProgram, exitProgram, forkProgram, networkProgram } from "./sensor-programs.ts";
import { RecordingTypes, ReplayedTypes } from "./support.ts";

const TYPES = join(import.meta.dir, "fixtures", "types-linux-6.18.json");
const everything = {
  credentials: true,
  namespaces: true,
  environment: true,
  cgroupSubsystem: "memory_cgrp_id",
} as const;
const nothing = {
  credentials: false,
  namespaces: false,
  environment: false,
  cgroupSubsystem: undefined,
} as const;

const programs = {
  fork: (types: TypeSource) => forkProgram(types, undefined),
  "fork-in-pidns": (types: TypeSource) => forkProgram(types, { type: "pidns", inode: 4026531836 }),
  exit: (types: TypeSource) => exitProgram(types, undefined),
  "exit-in-cgroup": (types: TypeSource) => exitProgram(types, { type: "cgroup" }),
  network: (types: TypeSource) => networkProgram(types, undefined, "storage"),
  "network-by-address": (types: TypeSource) => networkProgram(types, undefined, "address"),
  connect4: (types: TypeSource) => connectProgram(types, 4, undefined),
  "connect6-in-cgroup": (types: TypeSource) => connectProgram(types, 6, { type: "cgroup" }),
  exec: (types: TypeSource) => execProgram(types, { ...nothing, scope: undefined }),
  "exec-with-everything": (types: TypeSource) => execProgram(types, { ...everything, scope: undefined }),
};

const isUpdate = process.env.UPDATE_GOLDEN === "1";

function loadTypes(): TypeSource {
  if (!isUpdate) return new ReplayedTypes(JSON.parse(readFileSync(TYPES, "utf8")));
  const recording = new RecordingTypes(new KernelTypes(readKernelBtf()));
  for (const assemble of Object.values(programs)) assemble(recording);
  writeFileSync(TYPES, `${JSON.stringify(recording.answers, undefined, 1)}\n`);
  return recording;
}

describe("golden bytecode", () => {
  const types = loadTypes();
  for (const [name, assemble] of Object.entries(programs)) {
    test(`${name} is assembled to the same instructions as before`, () => {
      const file = join(import.meta.dir, "golden", `${name}.txt`);
      const text = listing(assemble(types).assembly);
      if (isUpdate) writeFileSync(file, text);
      expect(existsSync(file)).toBe(true);
      expect(text).toBe(readFileSync(file, "utf8"));
    });
  }
});
