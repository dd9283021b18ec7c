/** @module Functions of an executable or a library, by name: where in the file they are, as uprobes want to know it. */
import { ElfFile } from "./elf-file.ts";

/**
 * Where a function begins in the file, or `undefined` when the file does not have it: it is looked for among what a
 * library offers, and among all symbols where the file was not stripped of them.
 * @throws SyntaxError when the file is not a 64-bit little-endian ELF file, or damaged; the system's error when it cannot be read.
 */
export function findElfFunction(path: string, name: string): bigint | undefined {
  using file = ElfFile.open(path);
  const found = file.function(name);
  return found && file.offsetOf(found.address);
}

/**
 * The names of all functions of a file, each once.
 * @throws as {@link findElfFunction}.
 */
export function listElfFunctions(path: string): string[] {
  using file = ElfFile.open(path);
  const names = new Set<string>();
  for (const { name, address, isIndirect } of file.functions())
    if (name !== "" && address !== 0n && !isIndirect) names.add(name);
  return [...names];
}
