/** @module The two architectures that can be packed, and where Debian keeps what they need. */
import { TetradError } from "../../src/os/error.ts";
import { ELF } from "./elf.ts";

/** An architecture and its tools. */
export interface Machine {
  /** As in Debian and OCI: `amd64`, `arm64`. */
  readonly name: "amd64" | "arm64";
  readonly elfMachine: number;
  readonly compiler: string;
  readonly compilerPackage: string;
  /** Directories that hold the architecture's loader and libraries, best first. */
  readonly libraryDirectories: readonly string[];
  /** Debian packages that fill one of these directories. */
  readonly libraryPackage: string;
}

/** amd64 and arm64. */
export const MACHINES: readonly Machine[] = [
  {
    name: "amd64",
    elfMachine: ELF.EM_X86_64,
    compiler: process.arch === "x64" ? "gcc" : "x86_64-linux-gnu-gcc",
    compilerPackage: process.arch === "x64" ? "gcc" : "gcc-x86-64-linux-gnu",
    libraryDirectories: ["/lib/x86_64-linux-gnu", "/usr/x86_64-linux-gnu/lib"],
    libraryPackage: process.arch === "x64" ? "libc6" : "libc6-amd64-cross",
  },
  {
    name: "arm64",
    elfMachine: ELF.EM_AARCH64,
    compiler: process.arch === "arm64" ? "gcc" : "aarch64-linux-gnu-gcc",
    compilerPackage: process.arch === "arm64" ? "gcc" : "gcc-aarch64-linux-gnu",
    libraryDirectories: ["/lib/aarch64-linux-gnu", "/usr/aarch64-linux-gnu/lib"],
    libraryPackage: process.arch === "arm64" ? "libc6" : "libc6-arm64-cross",
  },
];

/**
 * The machine of an ELF file.
 * @throws TetradError for any other architecture.
 */
export function machineOf(elf: { readonly path: string; readonly machine: number }): Machine {
  const machine = MACHINES.find((candidate) => candidate.elfMachine === elf.machine);
  if (machine === undefined) {
    throw new TetradError(
      "unsupported",
      `Cannot pack "${elf.path}": ELF machine is ${elf.machine}, needs ${ELF.EM_X86_64} (x86-64) or ${ELF.EM_AARCH64} (arm64)`,
    );
  }
  return machine;
}
