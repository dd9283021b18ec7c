/** @module Symbols: of the kernel, and of executables and libraries. */
export { findElfFunction, listElfFunctions } from "./elf.ts";
export { ElfFile } from "./elf-file.ts";
export type { ElfFunction } from "./elf-functions.ts";
export { FileFunctions } from "./file-functions.ts";
export { isFunctionSymbol, type KernelSymbol, KernelSymbols, stemIn } from "./kallsyms.ts";
export { type FileIdentity, isSameFile, OpenedFile, type ProcessRoot } from "./opened-file.ts";
export { findReturnInstruction } from "./return-instruction.ts";
export { type FoundSymbol, SymbolTable } from "./symbol-table.ts";
export { listTraceableFunctions } from "./traceable.ts";
export { listUsdts, type Usdt, type UsdtPlace, usdtPlaces } from "./usdt.ts";
