/** @module A program that is ready to be loaded. */
import type { Assembly } from "../asm/index.ts";
import type { BtfProgramKind, ProgramKind } from "./kind.ts";

/** What a program is loaded for, by its BTF id. */
export interface BtfTarget {
  /** The tracepoint's or the function's. */
  readonly name: string;
  /** In the kernel's types, or in those of `module`. */
  readonly id: number;
  /** Descriptor of a module's types, which may be closed when the program is loaded. */
  readonly moduleFd?: number;
}

/** A program of any kind. */
export type ProgramSpec<K extends ProgramKind = ProgramKind> = {
  readonly kind: K;
  /** As shown by `bpftool`. */
  readonly name: string;
  readonly assembly: Assembly;
} & (K extends BtfProgramKind ? { readonly target: BtfTarget } : { readonly target?: undefined });
