/**
 * @module The instructions of WebAssembly as functions that write expressions: `add(at, i32(1))` is the code that leaves
 * `at + 1` on the stack. An instruction takes its operands from the stack, so its code is theirs and then its own byte.
 *
 * Bytes are those of the specification's index of instructions (https://webassembly.github.io/spec/core/appendix/index-instructions.html).
 * Numbers without a sign in their name are 32 bits; comparisons of numbers take them as unsigned.
 */
import { signed, unsigned } from "./encoding.ts";

/** Code: bytes, code within code, and what depends on where it stands. */
export type Code = readonly Part[];
type Part = number | Code | Block | Jump;

/** A place to jump to: the end of a block, or the beginning of a loop. */
export class Label {}

/** Code that can be left by a jump. */
class Block {
  readonly opcode: number;
  readonly label: Label;
  readonly body: Code;
  readonly otherwise: Code | undefined;

  constructor(opcode: number, label: Label, body: Code, otherwise?: Code) {
    this.opcode = opcode;
    this.label = label;
    this.body = body;
    this.otherwise = otherwise;
  }
}

/** A jump: labels are written as the number of blocks between. */
class Jump {
  readonly opcode: number;
  readonly labels: readonly Label[];

  constructor(opcode: number, labels: readonly Label[]) {
    this.opcode = opcode;
    this.labels = labels;
  }
}

const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  branchTable: 0x0e,
  return: 0x0f,
  call: 0x10,
} as const;
/** Blocks here leave nothing on the stack. */
const NO_RESULT = 0x40;
const SIMD = 0xfd;

/** The bytes of `code`. @param around The blocks around it, the innermost last. */
export function assemble(code: Code, around: readonly Label[] = []): number[] {
  const bytes: number[] = [];
  for (const part of code) {
    if (typeof part === "number") bytes.push(part);
    else if (part instanceof Block) {
      const inside = [...around, part.label];
      bytes.push(part.opcode, NO_RESULT, ...assemble(part.body, inside));
      if (part.otherwise !== undefined) bytes.push(OP.else, ...assemble(part.otherwise, inside));
      bytes.push(OP.end);
    } else if (part instanceof Jump) {
      const depths = part.labels.map((label) => unsigned(around.length - 1 - around.lastIndexOf(label)));
      bytes.push(part.opcode);
      if (part.opcode === OP.branchTable) bytes.push(...unsigned(depths.length - 1));
      bytes.push(...depths.flat());
    } else bytes.push(...assemble(part, around));
  }
  return bytes;
}

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [a, b, opcode];
const unary =
  (opcode: number) =>
  (a: Code): Code => [a, opcode];
const simdUnary =
  (opcode: number) =>
  (a: Code): Code => [a, SIMD, ...unsigned(opcode)];
const simdBinary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [a, b, SIMD, ...unsigned(opcode)];
/** @param align Promises nothing: the address may be any. */
const load =
  (...opcode: number[]) =>
  (address: Code, offset = 0): Code => [address, ...opcode, 0, ...unsigned(offset)];

export const i32 = (value: number): Code => [0x41, ...signed(BigInt(value | 0))];
export const add = binary(0x6a);
export const sub = binary(0x6b);
export const and = binary(0x71);
export const or = binary(0x72);
export const xor = binary(0x73);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x76);
export const multiply = binary(0x6c);
export const divide = binary(0x6e);
export const remainder = binary(0x70);
export const isZero = unary(0x45);
export const equal = binary(0x46);
export const differ = binary(0x47);
export const isBelow = binary(0x49);
export const isAbove = binary(0x4b);
export const isAtMost = binary(0x4d);
/** As a signed number. */
export const isNegative = (a: Code): Code => [a, i32(0), 0x48];
/** The number of zeros below the lowest one. */
export const trailingZeros = unary(0x68);
/** How many bits are 1. */
export const countOnes = unary(0x69);
/** `a` where `condition` is not 0, else `b`; both are computed. */
export const select = (condition: Code, a: Code, b: Code): Code => [a, b, condition, 0x1b];

export const load8 = load(0x2d);
export const load16 = load(0x2f);
export const load32 = load(0x28);
const store =
  (opcode: number) =>
  (address: Code, value: Code, offset = 0): Code => [address, value, opcode, 0, ...unsigned(offset)];
export const store8 = store(0x3a);
export const store32 = store(0x36);
/** Copies `count` bytes, as if through a place of their own where the two overlap. */
export const copyBytes = (to: Code, from: Code, count: Code): Code => [to, from, count, 0xfc, 0x0a, 0, 0];
/** Makes `count` bytes the same. */
export const fillBytes = (to: Code, byte: Code, count: Code): Code => [to, byte, count, 0xfc, 0x0b, 0];

/** Numbers of 64 bits. */
export const i64 = (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))];
export const load64 = load(0x29);
export const store64 = store(0x37);
export const add64 = binary(0x7c);
export const sub64 = binary(0x7d);
export const multiply64 = binary(0x7e);
export const and64 = binary(0x83);
export const or64 = binary(0x84);
export const xor64 = binary(0x85);
export const shiftLeft64 = binary(0x86);
export const shiftRight64 = binary(0x88);
export const isZero64 = unary(0x50);
export const differ64 = binary(0x52);
export const isAbove64 = binary(0x56);
export const trailingZeros64 = unary(0x7a);
/** A number of 32 bits as one of 64, and the lower half of one. */
export const extend = unary(0xad);
export const wrap = unary(0xa7);

/** Vectors of 16 bytes. */
export const load128 = load(SIMD, 0x00);
/** The eight bytes at an address, and eight zeros. */
export const load64Zero = load(SIMD, 0x5d);
export const store128 = (address: Code, value: Code): Code => [address, value, SIMD, 0x0b, 0, 0];
export const constant128 = (bytes: readonly number[]): Code => [SIMD, 0x0c, ...bytes];
/** For each byte of `places` the byte of `a` with that number, 0 where there is none. */
export const pick = simdBinary(0x0e);
/** 16 times the same byte. */
export const splat = (byte: number): Code => [i32(byte), SIMD, 0x0f];
/** 0xff for each byte that is the same in both, else 0. */
export const equalBytes = simdBinary(0x23);
/** 0xff for each byte of `a` that is below that of `b`, else 0. */
export const bytesBelow = simdBinary(0x26);
/** 0xff for each byte of `a` that is at most that of `b`, else 0. */
export const bytesAtMost = simdBinary(0x2a);
export const and128 = simdBinary(0x4e);
export const or128 = simdBinary(0x50);
export const xor128 = simdBinary(0x51);
/** Whether any bit is set. */
export const hasBits = simdUnary(0x53);
export const subBytes = simdBinary(0x71);
/** The lower one of each two bytes. */
export const lowerBytes = simdBinary(0x77);
/** The highest bit of each of the 16 bytes, as a number of 16 bits. */
export const highestBits = simdUnary(0x64);

/** Reads a local or a global: {@link set} and {@link assign} know it by its two parts. */
export type Variable = readonly [opcode: number, index: number];
const LOCAL_GET = 0x20;
export const local = (index: number): Variable => [LOCAL_GET, index];
export const global = (index: number): Variable => [0x23, index];
/** Gives a variable a new value. */
export const set = ([opcode, index]: Variable, value: Code): Code => [
  value,
  opcode === LOCAL_GET ? 0x21 : 0x24,
  index,
];
/** Gives a local a new value, which is the value of the expression, too. */
export const assign = ([, index]: Variable, value: Code): Code => [value, 0x22, index];
/** `variable += value` */
export const increase = (variable: Variable, value: Code): Code => set(variable, add(variable, value));

export const call = (index: number, ...parameters: Code[]): Code => [
  ...parameters,
  OP.call,
  ...unsigned(index),
];
export const giveBack = (value: Code): Code => [value, OP.return];

/** Runs `body`, which may jump behind it. */
export const block = (body: (end: Label) => Code): Code => {
  const label = new Label();
  return [new Block(OP.block, label, body(label))];
};
/** Runs `body`, which may jump to its beginning; goes on behind it otherwise. */
export const loop = (body: (again: Label) => Code): Code => {
  const label = new Label();
  return [new Block(OP.loop, label, body(label))];
};
export const when = (condition: Code, then: Code, otherwise?: Code): Code => [
  condition,
  new Block(OP.if, new Label(), then, otherwise),
];
export const jump = (label: Label): Code => [new Jump(OP.branch, [label])];
export const jumpIf = (condition: Code, label: Label): Code => [condition, new Jump(OP.branchIf, [label])];

/** Runs the case with the number `value`; the last one stands for all numbers above. None goes on to the next. */
export const choose = (value: Code, cases: readonly Code[]): Code =>
  block((end) => {
    const labels = cases.map(() => new Label());
    let code: Code = [value, new Jump(OP.branchTable, labels)];
    cases.forEach((body, i) => {
      code = [new Block(OP.block, labels[i]!, code), body, jump(end)];
    });
    return code;
  });
