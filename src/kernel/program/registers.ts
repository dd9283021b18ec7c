/** @module Programs that are given the processor's registers: on kprobes and uprobes. */
import type { RegisterOperand } from "../asm/index.ts";
import { ProgramBuilder } from "./builder.ts";
import type { CallBuilder, FrameOptions, RegisterPlace } from "./call.ts";
import { findRegister } from "./register-name.ts";

const ARM = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `user_regs.regs[${number}]`);

/**
 * Members of `struct pt_regs`: where a function finds its arguments, and leaves what it returns. `returnShift` is what lies
 * between the stack pointer at the function's first instruction and that at its return: the address that it returns to.
 */
const CALL = {
  x64: {
    arguments: ["di", "si", "dx", "cx", "r8", "r9"],
    result: "ax",
    stackPointer: "sp",
    next: "ip",
    returnShift: 8,
  },
  arm64: {
    arguments: ARM,
    result: "user_regs.regs[0]",
    stackPointer: "user_regs.sp",
    next: "user_regs.pc",
    returnShift: 0,
  },
} as const;

const REGISTER_SIZE = 8;

/** A builder for kprobes and uprobes, and those where a function returns. */
export class ProbeProgramBuilder extends ProgramBuilder implements CallBuilder {
  readonly #registers = CALL[process.arch as keyof typeof CALL];

  /**
   * Argument `index` of the function, at whose first instruction the program runs, into `register`.
   * @throws RangeError when there are more arguments than registers for them.
   */
  loadArgument(register: RegisterOperand, index: number): void {
    this.#loadPlace(register, this.argumentPlace(index), `argument ${index}`);
  }

  /** What the function returns, where the program runs there, into `register`. */
  loadResult(register: RegisterOperand): void {
    this.#loadPlace(register, this.resultPlace(), "result");
  }

  /** Where argument `index` lies. @throws RangeError when there are more arguments than registers for them. */
  argumentPlace(index: number): RegisterPlace {
    const member = this.#registers.arguments[index];
    if (member === undefined)
      throw new RangeError(
        `Cannot load argument ${index}: ${this.#registers.arguments.length} are in registers`,
      );
    return this.#place(member);
  }

  /** Registers are numbers to verifiers. */
  makeNumber(): void {}

  /** Where a register lies, or a part of one. @throws RangeError when this machine has none of that name. */
  registerPlace(name: string): RegisterPlace {
    const found = findRegister(name, process.arch as "x64" | "arm64");
    if (found === undefined)
      throw new RangeError(`Cannot load register "${name}": this machine has none of that name`);
    const { offset } = this.types.member("pt_regs", found.member);
    return { base: this.context, offset: offset + found.offset, size: found.size };
  }

  /** Where what the function returns lies. */
  resultPlace(): RegisterPlace {
    return this.#place(this.#registers.result);
  }

  /** Where it lies which instruction runs next. */
  nextInstructionPlace(): RegisterPlace {
    return this.#place(this.#registers.next);
  }

  /** The stack pointer, into `register`: with the thread it is the name of one call, the same at its begin and its return. */
  loadFrame(register: RegisterOperand, { isReturn = false }: Partial<FrameOptions> = {}): void {
    this.#loadPlace(register, this.#place(this.#registers.stackPointer), "frame");
    const shift = isReturn ? this.#registers.returnShift : 0;
    if (shift !== 0) this.asm.alu(register, "-=", shift);
  }

  #place(member: string): RegisterPlace {
    const { offset } = this.types.member("pt_regs", member);
    return { base: this.context, offset, size: REGISTER_SIZE };
  }

  #loadPlace(register: RegisterOperand, { base, offset, size }: RegisterPlace, note: string): void {
    this.asm.note(note).load(size, register, base, offset);
  }
}
