/** @module `CelExpr`: an expression over integers as instructions. Numbers are made in registers, truths are jumps. */
import type { Assembler, JumpCondition, Register } from "../../../kernel/asm/index.ts";
import type { OperandOf } from "../../policy.ts";
import type { Lowering } from "../context.ts";
import { type IntegerLocation, loadPlace } from "../location.ts";
import { branch, settle } from "../outcome.ts";
import { type NumberExpression, namedPositions, readTruth, type Truth } from "./typed.ts";

/** Registers that operands are made in, the left one before the right one. More than these have go to the stack. */
const REGISTERS = ["r1", "r2", "r3", "r4", "r5"] as const;

/**
 * The expression is true.
 * @throws CelCompileError, RangeError when it is too deep for the stack.
 */
export const lowerCel: Lowering<OperandOf<"CelExpr">, readonly IntegerLocation[]> = (
  { asm },
  { expression },
  locations,
  { held, failed, next },
) => {
  const positions = namedPositions(expression);
  const locationOf = (position: number) => locations[positions.indexOf(position)];
  const truth = readTruth(expression, (position) => {
    const location = locationOf(position);
    return location && { bits: location.size === 8 ? 64 : 32, isSigned: location.isSigned };
  });
  new CelCompiler(asm, (position) => locationOf(position)!).jump(truth, held, failed, next);
};

class CelCompiler {
  readonly #asm: Assembler;
  readonly #locationOf: (position: number) => IntegerLocation;

  constructor(asm: Assembler, locationOf: (position: number) => IntegerLocation) {
    this.#asm = asm;
    this.#locationOf = locationOf;
  }

  /** Goes to `yes` when it is true, else to `no`; `next` is the label that is placed behind this. */
  jump(truth: Truth, yes: string, no: string, next: string): void {
    const asm = this.#asm;
    switch (truth.kind) {
      case "constant":
        settle(asm, truth.value ? yes : no, next);
        return;
      case "not":
        this.jump(truth.operand, no, yes, next);
        return;
      case "and":
      case "or": {
        const right = asm.freshLabel("right");
        if (truth.kind === "and") this.jump(truth.left, right, no, right);
        else this.jump(truth.left, yes, right, right);
        asm.label(right);
        this.jump(truth.right, yes, no, next);
        return;
      }
      case "differ":
        this.#differ(truth, yes, no, next);
        return;
      case "comparison":
        this.#compare(truth, yes, no, next);
    }
  }

  /** Keeps the left one as a number, so that neither is written twice. */
  #differ({ left, right }: Extract<Truth, { kind: "differ" }>, yes: string, no: string, next: string): void {
    const asm = this.#asm;
    using kept = asm.scopedSlot("left truth");
    const [isTrue, isFalse, isKept] = ["true", "false", "kept"].map((stem) => asm.freshLabel(stem));
    this.jump(left, isTrue!, isFalse!, isTrue!);
    asm.label(isTrue!).store(8, "r10", kept.offset, 1).jump(isKept!);
    asm.label(isFalse!).store(8, "r10", kept.offset, 0).label(isKept!);
    const [isRight, isWrong] = [asm.freshLabel("true"), asm.freshLabel("false")];
    this.jump(right, isRight, isWrong, isRight);
    asm.label(isRight).load(8, "r1", "r10", kept.offset).jumpIf("r1", "==", 0, yes).jump(no);
    asm.label(isWrong).load(8, "r1", "r10", kept.offset);
    branch(asm, { register: "r1", condition: "!=", value: 0 }, yes, no, next);
  }

  #compare(
    { operator, left, right }: Extract<Truth, { kind: "comparison" }>,
    yes: string,
    no: string,
    next: string,
  ): void {
    const { bits, isSigned } = left.type;
    const isOrder = operator !== "==" && operator !== "!=";
    const condition = (isSigned && isOrder ? `s${operator}` : operator) as JumpCondition;
    this.#number(left, 0);
    const value = immediateOf(right) ?? this.#next(right, 0);
    branch(this.#asm, { register: REGISTERS[0], condition, value, is32: bits === 32 }, yes, no, next);
  }

  /** Makes the operand on the right, and returns where it is. */
  #next(right: NumberExpression, depth: number): Register {
    const register = REGISTERS[depth + 1];
    if (register !== undefined) {
      this.#number(right, depth + 1);
      return register;
    }
    using left = this.#asm.scopedSlot("left operand");
    const last = REGISTERS[depth]!;
    this.#asm.store(8, "r10", left.offset, last);
    this.#number(right, depth);
    this.#asm.set("r0", last).load(8, last, "r10", left.offset);
    return "r0";
  }

  /** Makes a number, in the register for operands that are so deep on the right. Of 32 bits the others are anything. */
  #number(expression: NumberExpression, depth: number): void {
    const asm = this.#asm;
    const register = REGISTERS[depth]!;
    switch (expression.kind) {
      case "literal": {
        const immediate = immediateOf(expression);
        if (immediate === undefined) asm.setWide(register, expression.value);
        else asm.set(register, immediate);
        return;
      }
      case "argument":
        loadPlace(asm, register, this.#locationOf(expression.position).place);
        return;
      case "cast":
        this.#number(expression.operand, depth);
        this.#widen(expression, register);
        return;
      case "arithmetic": {
        const { operator, left, right, type } = expression;
        this.#number(left, depth);
        const value = immediateOf(right) ?? this.#next(right, depth);
        if (type.bits === 32) asm.alu32(register, `${operator}=`, value);
        else asm.alu(register, `${operator}=`, value);
      }
    }
  }

  /** A number of 32 bits becomes one of 64 by its own sign. */
  #widen({ type, operand }: Extract<NumberExpression, { kind: "cast" }>, register: Register): void {
    if (type.bits === 32 || operand.type.bits === 64) return;
    if (!operand.type.isSigned) this.#asm.alu32(register, "=", register);
    else this.#asm.alu(register, "<<=", 32).alu(register, "s>>=", 32);
  }
}

/** The literal as an instruction has it, where it has room for it. */
function immediateOf(expression: NumberExpression): number | undefined {
  if (expression.kind === "cast" && expression.operand.kind === "literal" && expression.type.bits === 32)
    return Number(BigInt.asIntN(32, expression.operand.value));
  if (expression.kind !== "literal") return undefined;
  const { value, type } = expression;
  const signed = BigInt.asIntN(type.bits, value);
  return signed === BigInt.asIntN(32, signed) ? Number(signed) : undefined;
}
