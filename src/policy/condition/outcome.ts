/** @module Where a program goes on when a condition has been decided. */
import type { Assembler, JumpCondition, RegisterOperand } from "../../kernel/asm/index.ts";

/** Two labels, and which label is placed directly behind the code that decides: no jump leads there. */
export interface Outcome {
  readonly held: string;
  readonly failed: string;
  readonly next: string;
  /** Where a value goes on that cannot be asked, whether the operator is negated or not. @default `failed`, or `held` of one that is */
  readonly none?: string;
}

/** A comparison. */
export interface Test {
  readonly register: RegisterOperand;
  readonly condition: JumpCondition;
  readonly value: RegisterOperand | number;
  /** Whether it is of the low 32 bits. */
  readonly is32?: boolean;
}

const OPPOSITE: Readonly<Partial<Record<JumpCondition, JumpCondition>>> = {
  "==": "!=",
  "!=": "==",
  ">": "<=",
  "<=": ">",
  ">=": "<",
  "<": ">=",
  "s>": "s<=",
  "s<=": "s>",
  "s>=": "s<",
  "s<": "s>=",
};

/** Goes to a label when a comparison holds. */
export function jumpWhen(asm: Assembler, { register, condition, value, is32 }: Test, label: string): void {
  if (is32 === true) asm.jumpIf32(register, condition, value, label);
  else asm.jumpIf(register, condition, value, label);
}

/** Goes to `label`, unless that is what comes next. */
export function goTo(asm: Assembler, label: string, next: string): void {
  if (label !== next) asm.jump(label);
}

/**
 * Goes to `label`, whatever is asked. What comes next stays reachable as far as instructions go: verifiers refuse programs
 * that have others.
 */
export function settle(asm: Assembler, label: string, next: string): void {
  if (label !== next) asm.set("r0", 0).jumpIf("r0", "==", 0, label);
}

/** Goes to `yes` when a comparison holds, else to `no`. */
export function branch(asm: Assembler, test: Test, yes: string, no: string, next: string): void {
  const opposite = OPPOSITE[test.condition];
  if (yes === next && opposite !== undefined) {
    jumpWhen(asm, { ...test, condition: opposite }, no);
    return;
  }
  jumpWhen(asm, test, yes);
  goTo(asm, no, next);
}

/** The condition holds when the comparison does. */
export function decide(asm: Assembler, test: Test, { held, failed, next }: Outcome): void {
  branch(asm, test, held, failed, next);
}
