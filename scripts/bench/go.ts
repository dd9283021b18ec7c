/** @module Builds the Go programs of the benchmarks, with Go types of Tetragon's API that are made of `proto/`. */
import { copyFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { WORK_DIRECTORY } from "./fixture.ts";
import { NotMeasured } from "./rows/row.ts";

const ROOT = join(import.meta.dir, "../..");
const SOURCES = join(import.meta.dir, "native/go");
/** The Go module is put together here. */
const MODULE = `${WORK_DIRECTORY}go/`;
const PLUGIN = `${MODULE}protoc-gen-go`;

/** The programs, and the package of the module that each is. */
const PACKAGES = { "protobuf-codec": ".", "grpc-peer": "./grpc" } as const;

function run(command: readonly string[], cwd: string): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { cwd });
  if (exitCode !== 0) {
    throw new NotMeasured(`Cannot build Go's side: ${command.join(" ")}: ${stderr.toString().trim()}`);
  }
}

/** What `buf` is to make: Go types, all in one package of the module. */
function template(): string {
  const names = [...new Glob("tetragon/*.proto").scanSync(join(ROOT, "proto"))];
  const opt = ["paths=source_relative", ...names.map((name) => `M${name}=bench/tetragon`)];
  return JSON.stringify({ version: "v2", plugins: [{ local: PLUGIN, out: MODULE, opt }] });
}

/**
 * The path of a program: `protobuf-codec` encodes and decodes events with Go's protobuf, `grpc-peer` serves Tetragon's stream of
 * events, and is a client of it. It is built when it is out of date.
 * @throws NotMeasured where there is no Go, or where it cannot get what it needs.
 */
export function goProgram(name: keyof typeof PACKAGES): string {
  const go = Bun.which("go");
  if (go === null) throw new NotMeasured("there is no Go on this host");
  const program = MODULE + name;
  const sources = ["go.mod", "go.sum", join(PACKAGES[name], "main.go")];
  const changed = Math.max(...sources.map((source) => statSync(join(SOURCES, source)).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > changed) return program;
  for (const source of sources) {
    mkdirSync(dirname(MODULE + source), { recursive: true });
    copyFileSync(join(SOURCES, source), MODULE + source);
  }
  run([go, "build", "-o", PLUGIN, "google.golang.org/protobuf/cmd/protoc-gen-go"], MODULE);
  const buf = join(ROOT, "node_modules/.bin/buf");
  run([buf, "generate", "proto", "--path", "proto/tetragon", "--template", template()], ROOT);
  run([go, "build", "-o", program, PACKAGES[name]], MODULE);
  return program;
}
