/** @module Programs that are given the processor's registers: on kprobes and uprobes. */
import type { RegisterOperand } from "../asm/index.ts";
import { ProgramBuilder } from "./builder.ts";
import { findRegister } from "./register-name.ts";

const ARM = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `user_regs.regs[${number}]`);

/**
 * Members of `struct pt_regs`: where a function finds its arguments, and leaves what it returns; where a process leaves the
 * arguments of a system call, and one of the 32-bit kind. `returnShift` is what lies between the stack pointer at the
 * function's first instruction and that at its return: the address that it returns to.
 */
const CALL = {
  x64: {
    arguments: ["di", "si", "dx", "cx", "r8", "r9"],
    result: "ax",
    stackPointer: "sp",
    returnShift: 8,
    native: ["di", "si", "dx", "r10", "r8", "r9"],
    compat: ["bx", "cx", "dx", "si", "di", "bp"],
  },
  arm64: {
    arguments: ARM,
    result: "user_regs.regs[0]",
    stackPointer: "user_regs.sp",
    returnShift: 0,
    native: ARM,
    compat: ARM,
  },
} as const;

const REGISTER_SIZE = 8;
const SYSTEM_CALL = Symbol("arguments of the system call");

/** Where the value of a register lies that a program is given. */
export interface RegisterPlace {
  readonly base: RegisterOperand;
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** A builder for kprobes and uprobes, and those where a function returns. */
export class ProbeProgramBuilder extends ProgramBuilder {
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

  /** The stack pointer, into `register`: with the thread it is the name of one call, the same at its begin and its return. */
  loadFrame(register: RegisterOperand, { isReturn = false } = {}): void {
    this.#loadPlace(register, this.#place(this.#registers.stackPointer), "frame");
    const shift = isReturn ? this.#registers.returnShift : 0;
    if (shift !== 0) this.asm.alu(register, "-=", shift);
  }

  /**
   * Reads those arguments of a system call that are asked for, at the first instruction of the function that carries it out:
   * they are in the registers of the process, to which that function's only argument points.
   * @param options `hasTaskRegisters`: whether programs may ask for the registers that the running task has left.
   * @returns Where each of them lies then.
   * @throws RangeError when there are more arguments than registers for them.
   */
  readSystemCall(
    indices: Iterable<number>,
    abi: "native" | "compat",
    { hasTaskRegisters = false }: { readonly hasTaskRegisters?: boolean } = {},
  ): (index: number) => RegisterPlace {
    const registers: readonly string[] = this.#registers[abi];
    const offsets = new Map(
      [...new Set(indices)].map((index) => {
        const member = registers[index];
        if (member === undefined)
          throw new RangeError(`Cannot load argument ${index}: ${registers.length} are in registers`);
        return [index, this.types.member("pt_regs", member).offset] as const;
      }),
    );
    const first = Math.min(...offsets.values());
    const size = Math.max(...offsets.values()) - first + REGISTER_SIZE;
    const block = offsets.size === 0 ? 0 : this.asm.slot(SYSTEM_CALL, size);
    if (offsets.size > 0 && hasTaskRegisters) {
      // Nothing else calls that function but the way into the kernel, which leaves the registers there.
      this.asm.note("arguments of the system call").call("get_current_task_btf");
      this.asm.set("r1", "r0").call("task_pt_regs");
      for (const offset of offsets.values())
        this.asm.load(8, "r1", "r0", offset).store(8, "r10", block + offset - first, "r1");
    } else if (offsets.size > 0) {
      this.loadArgument("r3", 0);
      this.asm.note("arguments of the system call").alu("r3", "+=", first);
      this.asm.set("r1", "r10").alu("r1", "+=", block).set("r2", size).call("probe_read_kernel");
    }
    return (index) => {
      const offset = offsets.get(index);
      if (offset === undefined) throw new RangeError(`Cannot load argument ${index}: it was not read`);
      return { base: "r10", offset: block + offset - first, size: REGISTER_SIZE };
    };
  }

  #place(member: string): RegisterPlace {
    const { offset } = this.types.member("pt_regs", member);
    return { base: this.context, offset, size: REGISTER_SIZE };
  }

  #loadPlace(register: RegisterOperand, { base, offset, size }: RegisterPlace, note: string): void {
    this.asm.note(note).load(size, register, base, offset);
  }
}
