/** @module Finds the loader and the libraries that an executable needs, and what those need in turn. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { TetradError } from "../../src/os/error.ts";
import { ELF, type ElfFile, libraryNames, parseElf, stringAt } from "./elf.ts";
import { machineOf } from "./machine.ts";

/** A library to pack: its SONAME and its file. */
export interface Library {
  readonly soname: string;
  readonly elf: ElfFile;
}

/**
 * The loader, then every library, each once.
 * @param directories Where to look; the machine's own by default.
 * @throws TetradError when one is not there.
 */
export function findLibraries(program: ElfFile, directories?: readonly string[]): Library[] {
  const machine = machineOf(program);
  const search = directories ?? machine.libraryDirectories;
  const interpreter = program.programHeaders.find((p) => p.type === ELF.PT_INTERP);
  if (interpreter === undefined) {
    throw new TetradError(
      "failed",
      `Cannot pack "${program.path}": it names no dynamic loader, so it is static or packed already`,
    );
  }
  const load = (soname: string): Library => {
    const path = search.map((directory) => join(directory, soname)).find((file) => existsSync(file));
    if (path === undefined) {
      throw new TetradError(
        "failed",
        `Cannot pack "${program.path}": library "${soname}" is not in ${search.join(" or ")}, needs Debian's package ${machine.libraryPackage}`,
      );
    }
    const elf = parseElf(path, readFileSync(path));
    if (elf.machine !== program.machine) {
      throw new TetradError("failed", `Cannot pack "${path}": it is for another architecture`);
    }
    return { soname: libraryNames(elf).soname ?? soname, elf };
  };

  const libraries = [load(basename(stringAt(program.bytes, interpreter.offset)))];
  const wanted = libraryNames(program).needed;
  for (let i = 0; i < wanted.length; i++) {
    if (libraries.some((library) => library.soname === wanted[i])) continue;
    const library = load(wanted[i]!);
    libraries.push(library);
    wanted.push(...libraryNames(library.elf).needed);
  }
  return libraries;
}
