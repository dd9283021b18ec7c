/** @module Compiles the start-up stub with the C compiler of the target architecture. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TetradError } from "../../src/os/error.ts";
import { ELF, parseElf, symbolAddress } from "./elf.ts";
import type { Machine } from "./machine.ts";

/** The stub as linked at address 0. The packer moves it as a whole. */
export interface Stub {
  /** Code, messages and table: what goes to the start of the file, from offset {@link codeOffset} on. */
  readonly code: Uint8Array;
  /** Offset of the code in the file and in memory; program headers fit before it. */
  readonly codeOffset: number;
  /** Where the writable names begin, relative to the stub's address, and their size in bytes. */
  readonly names: { readonly offset: number; readonly size: number };
  /** Entry point and table, relative to the stub's address. */
  readonly start: number;
  readonly table: number;
}

const FLAGS = [
  "-Os",
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-ffreestanding",
  "-fno-builtin",
  "-fPIE",
  "-fno-stack-protector",
  "-fno-asynchronous-unwind-tables",
  // Else a loop that copies or clears becomes a call to memcpy or memset, which are not there.
  "-fno-tree-loop-distribute-patterns",
  "-nostdlib",
  "-static",
  "-Wl,--build-id=none",
  "-Wl,-z,noexecstack",
];

/**
 * Compiles `stub/stub.c`.
 * @throws TetradError when the compiler is missing or refuses the source.
 */
export function compileStub(machine: Machine): Stub {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-stub-"));
  try {
    const source = join(import.meta.dir, "stub");
    const output = join(directory, "stub");
    const command = [
      machine.compiler,
      ...FLAGS,
      `-Wl,-T,${source}/stub.ld`,
      "-o",
      output,
      `${source}/stub.c`,
    ];
    if (Bun.which(machine.compiler) === null) {
      throw new TetradError(
        "unsupported",
        `Cannot compile the stub for "${machine.name}": "${machine.compiler}" is not installed, needs Debian's package ${machine.compilerPackage}`,
      );
    }
    const { exitCode, stderr } = Bun.spawnSync(command, {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    if (exitCode !== 0) {
      throw new TetradError("failed", `Cannot compile the stub for "${machine.name}": ${stderr.toString()}`);
    }
    return readStub(output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readStub(path: string): Stub {
  const elf = parseElf(path, readFileSync(path));
  const [code, names] = elf.programHeaders.filter((p) => p.type === ELF.PT_LOAD);
  if (code === undefined || names === undefined) {
    throw new SyntaxError(`Cannot read "${path}": it has not the two segments that stub.ld makes`);
  }
  return {
    code: elf.bytes.slice(code.offset, code.offset + code.fileSize),
    codeOffset: code.address,
    names: { offset: names.address, size: names.memorySize },
    start: symbolAddress(elf, "stub_start"),
    table: symbolAddress(elf, "stub_table"),
  };
}
