/** @module Programs at functions, however they are attached: where they find what the function is given and what it returns. */
import type { RegisterOperand } from "../asm/index.ts";
import type { ProgramBuilder } from "./builder.ts";

/** Where a value lies that a program is given. */
export interface RegisterPlace {
  readonly base: RegisterOperand;
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** How the name of a call is made. */
export interface FrameOptions {
  /** Whether the program runs where the function returns. @default false */
  readonly isReturn?: boolean;
  /** An array map that may be mapped, the same at the begin and at the return: what is near to no number is counted from it. */
  readonly anchor: string;
}

/** A builder of a program at a function. */
export interface CallBuilder extends ProgramBuilder {
  /**
   * Where argument `index` lies.
   * @throws RangeError when the program is not given it.
   */
  argumentPlace(index: number): RegisterPlace;
  /** Argument `index`, into `register`. @throws RangeError when the program is not given it. */
  loadArgument(register: RegisterOperand, index: number): void;
  /** Makes a number of what was loaded from such a place, where verifiers know it as a pointer: they let nothing be done with those. */
  makeNumber(register: RegisterOperand): void;
  /** Where what the function returns lies. */
  resultPlace(): RegisterPlace;
  /** What the function returns, into `register`. */
  loadResult(register: RegisterOperand): void;
  /** Where a register lies, or a part of one. @throws RangeError when the program is given none of that name. */
  registerPlace(name: string): RegisterPlace;
  /** The name of the call, into `register`: with the thread it is that of one call, the same at its begin and its return. */
  loadFrame(register: RegisterOperand, options: FrameOptions): void;
}
