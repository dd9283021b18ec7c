/** @module Programs that are given the processor's registers: on kprobes and uprobes. */
import type { RegisterOperand } from "../asm/index.ts";
import { ProgramBuilder } from "./builder.ts";

/** Members of `struct pt_regs`: where a function finds its arguments, and leaves what it returns. */
const CALL = {
  x64: { arguments: ["di", "si", "dx", "cx", "r8", "r9"], result: "ax" },
  arm64: {
    arguments: [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `user_regs.regs[${number}]`),
    result: "user_regs.regs[0]",
  },
} as const;

/** A builder for kprobes and uprobes, and those where a function returns. */
export class ProbeProgramBuilder extends ProgramBuilder {
  readonly #registers = CALL[process.arch as keyof typeof CALL];

  /**
   * Argument `index` of the function, at whose first instruction the program runs, into `register`.
   * @throws RangeError when there are more arguments than registers for them.
   */
  loadArgument(register: RegisterOperand, index: number): void {
    const member = this.#registers.arguments[index];
    if (member === undefined)
      throw new RangeError(
        `Cannot load argument ${index}: ${this.#registers.arguments.length} are in registers`,
      );
    this.#load(register, member, `argument ${index}`);
  }

  /** What the function returns, where the program runs there, into `register`. */
  loadResult(register: RegisterOperand): void {
    this.#load(register, this.#registers.result, "result");
  }

  #load(register: RegisterOperand, member: string, note: string): void {
    this.asm.note(note).load(8, register, this.context, this.types.member("pt_regs", member).offset);
  }
}
