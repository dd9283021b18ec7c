/** @module Builds programs for raw tracepoints. */
import { TetradError } from "../../os/error.ts";
import type { Register } from "../asm/index.ts";
import type { TypeSource } from "../btf/index.ts";
import { type Pointer, ProgramBuilder } from "./builder.ts";
import type { TracingProgram } from "./program.ts";

/** A builder that knows its tracepoint. Its context is an array of the tracepoint's arguments, 8 bytes each. */
export class TracingProgramBuilder extends ProgramBuilder {
  /** Arguments that the tracepoint has on this kernel. */
  readonly argumentCount: number;
  readonly #tracepoint: string;
  readonly #tracepointId: number;

  /**
   * @param tracepoint Name of the raw tracepoint that the program is for.
   * @throws TetradError `unsupported` when this kernel does not have it.
   */
  constructor(types: TypeSource, tracepoint: string) {
    super(types, 0);
    const found = types.tracepoint(tracepoint);
    if (found === undefined) {
      throw new TetradError("unsupported", `Cannot find tracepoint "${tracepoint}" in this kernel`);
    }
    this.argumentCount = found.argumentCount;
    this.#tracepoint = tracepoint;
    this.#tracepointId = found.id;
  }

  /**
   * Argument `index` of the tracepoint, a pointer to `struct`; ends the program where it is null. Verifiers know which
   * ones may be (newer kernels of more of them), and refuse what is done with those without asking.
   */
  argument(index: number, struct: string, name: string): Pointer {
    const slot = this.asm.slot(name);
    this.asm.note(`${name} = argument ${index}`).load(8, "r1", "r6", index * 8);
    this.leaveIf("r1", "==", 0);
    this.asm.store(8, "r10", slot, "r1");
    return { name, struct, slot, offset: 0 };
  }

  /** Argument `index` of the tracepoint, a number, into `register`. */
  loadArgument(register: Register, index: number): void {
    this.asm.note(`argument ${index}`).load(8, register, "r6", index * 8);
  }

  /**
   * The finished program.
   * @param name As `bpftool` is to show it: 15 characters at most.
   */
  build(name: string): TracingProgram {
    const assembly = this.finish();
    return { name, tracepoint: this.#tracepoint, tracepointId: this.#tracepointId, assembly };
  }
}
