import { expect, test } from "bun:test";
import { parseUsdtArguments, type UsdtArgument } from "../../../src/kernel/program/index.ts";

const memory = (base: string | undefined, offset: bigint, index?: string, scale = 1) =>
  ({ kind: "memory", base, index, scale, offset }) as const;

const X64: readonly (readonly [string, UsdtArgument | undefined])[] = [
  ["-4@%edi", { size: 4, isSigned: true, kind: "register", register: "edi" }],
  ["8@%r10", { size: 8, isSigned: false, kind: "register", register: "r10" }],
  ["1@%al", { size: 1, isSigned: false, kind: "register", register: "al" }],
  ["-4@$5", { size: 4, isSigned: true, kind: "constant", value: 5n }],
  ["-8@$-1", { size: 8, isSigned: true, kind: "constant", value: -1n }],
  ["4@$0x10", { size: 4, isSigned: false, kind: "constant", value: 16n }],
  ["-4@-4(%rbp)", { size: 4, isSigned: true, ...memory("rbp", -4n) }],
  ["8@(%rax)", { size: 8, isSigned: false, ...memory("rax", 0n) }],
  ["8@8(%rax,%rdx,8)", { size: 8, isSigned: false, ...memory("rax", 8n, "rdx", 8) }],
  ["2@16(,%rcx,2)", { size: 2, isSigned: false, ...memory(undefined, 16n, "rcx", 2) }],
  // In a register for floating-point numbers, at a symbol, through half a register.
  ["8f@%xmm0", undefined],
  ["4@counter(%rip)", undefined],
  ["8@(%eax)", undefined],
  ["3@%eax", undefined],
];

const ARM64: readonly (readonly [string, UsdtArgument | undefined])[] = [
  ["-4@w0", { size: 4, isSigned: true, kind: "register", register: "w0" }],
  ["8@x21", { size: 8, isSigned: false, kind: "register", register: "x21" }],
  ["-4@5", { size: 4, isSigned: true, kind: "constant", value: 5n }],
  ["8@[sp, 16]", { size: 8, isSigned: false, ...memory("sp", 16n) }],
  ["-4@[x29,-20]", { size: 4, isSigned: true, ...memory("x29", -20n) }],
  ["8@[x0]", { size: 8, isSigned: false, ...memory("x0", 0n) }],
  ["8@[x0, x1]", undefined],
  ["8@d0", undefined],
];

test.each([...X64])("parseUsdtArguments() reads %s of x86-64", (text, expected) => {
  expect(parseUsdtArguments(text, "x64")).toEqual([expected]);
});

test.each([...ARM64])("parseUsdtArguments() reads %s of arm64", (text, expected) => {
  expect(parseUsdtArguments(text, "arm64")).toEqual([expected]);
});

test("parseUsdtArguments() counts arguments that it cannot read, and spaces in brackets as none between", () => {
  expect(parseUsdtArguments("", "x64")).toEqual([]);
  expect(parseUsdtArguments("8f@%xmm0 -4@%esi", "x64")).toEqual([
    undefined,
    X64[0]![1] && expect.objectContaining({ register: "esi" }),
  ]);
  expect(parseUsdtArguments("8@[sp, 16] 4@w1", "arm64").map((argument) => argument?.kind)).toEqual([
    "memory",
    "register",
  ]);
});
