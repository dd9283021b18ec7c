/** @module A program that is ready to be loaded. */
import type { Assembly } from "../asm/index.ts";

/** A program for a BTF-typed raw tracepoint. */
export interface TracingProgram {
  /** As shown by `bpftool`. */
  readonly name: string;
  readonly tracepoint: string;
  /** The tracepoint's id in the kernel's types. */
  readonly tracepointId: number;
  readonly assembly: Assembly;
}
