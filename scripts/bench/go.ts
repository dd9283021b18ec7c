/** @module Builds the Go programs of benchmarks and tests, with Go types of Tetragon's API that are made of `proto/`. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { WORK_DIRECTORY } from "./fixture.ts";
import { NotMeasured } from "./rows/row.ts";

const ROOT = join(import.meta.dir, "../..");
const SOURCES = join(import.meta.dir, "native/go");
/** The Go module is put together here. */
const MODULE = `${WORK_DIRECTORY}go/`;
/** What makes Go's types, and what makes its clients and servers. */
const PLUGINS = {
  "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
  "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
} as const;

/** The programs, and where the sources of each are. */
const PROGRAMS = {
  "protobuf-codec": SOURCES,
  "grpc-peer": join(SOURCES, "grpc"),
  "tetragon-peer": join(ROOT, "test/peers/tetragon"),
} as const;

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
  const plugins = Object.keys(PLUGINS).map((name) => ({ local: MODULE + name, out: MODULE, opt }));
  return JSON.stringify({ version: "v2", plugins });
}

/**
 * The path of a program: `protobuf-codec` encodes and decodes events with Go's protobuf, `grpc-peer` serves Tetragon's stream of
 * events, and is a client of it, `tetragon-peer` is all of Tetragon's API, either way. It is built when it is out of date.
 * @throws NotMeasured where there is no Go, or where it cannot get what it needs.
 */
export function goProgram(name: keyof typeof PROGRAMS): string {
  const go = Bun.which("go");
  if (go === null) throw new NotMeasured("there is no Go on this host");
  const program = MODULE + name;
  const sources = PROGRAMS[name];
  const files = readdirSync(sources)
    .filter((file) => file.endsWith(".go"))
    .map((file) => join(sources, file));
  const lists = ["go.mod", "go.sum"].map((file) => join(SOURCES, file));
  const changed = Math.max(...[...files, ...lists].map((source) => statSync(source).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > changed) return program;
  const directory = `${MODULE}cmd/${name}/`;
  mkdirSync(directory, { recursive: true });
  for (const file of files) copyFileSync(file, directory + file.slice(sources.length + 1));
  for (const file of lists) copyFileSync(file, MODULE + file.slice(SOURCES.length + 1));
  for (const [plugin, origin] of Object.entries(PLUGINS))
    run([go, "build", "-o", MODULE + plugin, origin], MODULE);
  const buf = join(ROOT, "node_modules/.bin/buf");
  run([buf, "generate", "proto", "--path", "proto/tetragon", "--template", template()], ROOT);
  run([go, "build", "-o", program, `./cmd/${name}`], MODULE);
  return program;
}
