/**
 * @module Registers that keep their values across calls, `r6` to `r9`: held for a while, then free for others.
 *
 * ```ts
 * {
 *   using state = asm.hold("state");
 *   asm.load(4, state, "r6", 8);
 * } // From here on using `state` throws.
 * ```
 */
import { REGISTERS, type Register } from "./instruction.ts";

/** `r6` to `r9`. The others are lost at each call. */
const CALLEE_SAVED = REGISTERS.slice(6, 10);

/** Asked for at each operand of each instruction. */
const NUMBERS: Readonly<Record<Register, number>> = {
  r0: 0,
  r1: 1,
  r2: 2,
  r3: 3,
  r4: 4,
  r5: 5,
  r6: 6,
  r7: 7,
  r8: 8,
  r9: 9,
  r10: 10,
};

/** A register that somebody holds. */
export class HeldRegister implements Disposable {
  /** What it is for, as in messages. */
  readonly name: string;
  readonly #register: Register;
  #release: (() => void) | undefined;

  constructor(name: string, register: Register, release: () => void) {
    this.name = name;
    this.#register = register;
    this.#release = release;
  }

  /**
   * Which one it is.
   * @throws RangeError when it is not held any more.
   */
  get register(): Register {
    if (this.#release === undefined)
      throw new RangeError(`Cannot use the register for "${this.name}": it is free again`);
    return this.#register;
  }

  /** Frees it. Idempotent. */
  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** A register: one by name that nobody holds, or one that is held. */
export type RegisterOperand = Register | HeldRegister;

/** The registers of one function. */
export class RegisterPool {
  readonly #holders: (string | undefined)[] = [];

  /**
   * @param name What for.
   * @param preferred Taken if it is free, else any other.
   * @throws RangeError when all are held.
   */
  hold(name: string, preferred?: Register): HeldRegister {
    const free = CALLEE_SAVED.filter((register) => this.#holders[NUMBERS[register]] === undefined);
    const register = free.find((candidate) => candidate === preferred) ?? free[0];
    if (register === undefined) {
      const holders = CALLEE_SAVED.map((held) => `"${this.#holders[NUMBERS[held]]}"`).join(", ");
      throw new RangeError(`Cannot hold a register for "${name}": all are held, for ${holders}`);
    }
    const number = NUMBERS[register];
    this.#holders[number] = name;
    return new HeldRegister(name, register, () => {
      this.#holders[number] = undefined;
    });
  }

  /**
   * The number of the register that an instruction names.
   * @throws RangeError when somebody else holds it, or it is not held any more.
   */
  resolve(operand: RegisterOperand): number {
    if (typeof operand !== "string") return NUMBERS[operand.register];
    const number = NUMBERS[operand];
    const holder = this.#holders[number];
    if (holder !== undefined) throw new RangeError(`Cannot use ${operand}: it is held for "${holder}"`);
    return number;
  }
}
