/** @module Symbols: of the kernel, and of executables and libraries. */
export { findElfFunction } from "./elf.ts";
export { type KernelSymbol, KernelSymbols } from "./kallsyms.ts";
