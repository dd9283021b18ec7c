import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  add,
  and128,
  bytesAtMost,
  choose,
  equalBytes,
  extend,
  giveBack,
  hasBits,
  highestBits,
  i32,
  i64,
  increase,
  isAbove,
  isBelow,
  isNegative,
  jump,
  jumpIf,
  load8,
  load128,
  loop,
  multiply,
  select,
  set,
  shiftLeft,
  shiftLeft64,
  shiftRight64,
  splat,
  sub,
  sub64,
  subBytes,
  trailingZeros64,
  when,
  wrap,
  xor64,
  xor128,
} from "../../../src/lib/wasm/code.ts";
import { signed, unsigned } from "../../../src/lib/wasm/encoding.ts";
import { type Body, ModuleBuilder } from "../../../src/lib/wasm/module.ts";

/** A function of the module, and its memory. */
function run(parameters: number, body: Body) {
  const program = new ModuleBuilder();
  program.define(parameters, body, "f");
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program.build()), { host: { memory } });
  const f = exports.f as (...values: number[]) => number;
  return { f, bytes: new Uint8Array(memory.buffer) };
}

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("numbers", () => {
  test.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [624485, "e58e26"],
  ])("without a sign: %d is %s in LEB128", (value, bytes) => {
    expect(Buffer.from(unsigned(value)).toString("hex")).toBe(bytes);
  });

  test.each([
    [0n, "00"],
    [63n, "3f"],
    [64n, "c000"],
    [-1n, "7f"],
    [-64n, "40"],
    [-123456n, "c0bb78"],
  ])("with a sign: %s is %s in LEB128", (value, bytes) => {
    expect(Buffer.from(signed(value)).toString("hex")).toBe(bytes);
  });

  test("are the same in a module", () => {
    fc.assert(
      fc.property(int, (value) => {
        expect(run(0, () => giveBack(i32(value))).f()).toBe(value);
      }),
      { numRuns: 50 },
    );
  });
});

test("numbers of 64 bits shift, subtract and count what is below their lowest bit, in globals too", () => {
  const program = new ModuleBuilder();
  const word = program.global("i64");
  const body: Body = (_, bit, shift) => [
    set(word, shiftLeft64(extend(bit), extend(shift))),
    // All bits below the lowest one, and those of the number moved back.
    set(word, xor64(word, sub64(word, i64(1n)))),
    giveBack(add(wrap(trailingZeros64(xor64(word, i64(-1n)))), wrap(shiftRight64(word, i64(63n))))),
  ];
  program.define(2, body, "f");
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program.build()), { host: { memory } });
  const f = exports.f as (...values: number[]) => number;
  expect([f(1, 0), f(1, 40), f(1, 63), f(4, 10)]).toEqual([1, 41, 65, 13]);
});

test("vectors tell bytes that are at most others, and whether any bit is left", () => {
  const { f, bytes } = run(1, (_, at) => {
    const atMost = highestBits(bytesAtMost(subBytes(load128(at), splat(0x30)), splat(9)));
    const any = hasBits(and128(xor128(load128(at), splat(0x61)), splat(0x0f)));
    return giveBack(add(atMost, shiftLeft(any, i32(16))));
  });
  bytes.set(Buffer.from("0123456789:/a9\u00b0~", "latin1"), 100);
  expect(f(100)).toBe(0b10001111111111 | (1 << 16));
  bytes.fill(0x61, 200, 216);
  expect(f(200)).toBe(0);
});

test("operators take their operands in order", () => {
  const { f } = run(2, (_, a, b) => giveBack(select(isBelow(a, b), sub(b, a), multiply(a, add(b, i32(1))))));
  expect([f(3, 10), f(10, 3)]).toEqual([7, 40]);
  const { f: signs } = run(1, (_, a) => giveBack(add(isNegative(a), isAbove(a, i32(1000)))));
  expect([signs(-1), signs(5), signs(1001)]).toEqual([2, 0, 1]);
});

test("loops go on by a jump, from within other blocks too, and end without one", () => {
  const { f } = run(1, (locals, n) => {
    const sum = locals.add();
    return [
      loop((again) => when(n, [increase(sum, n), increase(n, i32(-1)), jump(again)])),
      loop((again) => [increase(sum, i32(1)), jumpIf(isBelow(sum, i32(100)), again)]),
      giveBack(sum),
    ];
  });
  expect([f(0), f(10), f(100)]).toEqual([100, 100, 5051]);
});

test("choose() runs one case, the last one for all numbers above", () => {
  const { f } = run(1, (locals, n) => {
    const found = locals.add();
    return [
      choose(
        n,
        [10, 20, 30].map((value) => increase(found, i32(value))),
      ),
      giveBack(found),
    ];
  });
  expect([f(0), f(1), f(2), f(3), f(-1)]).toEqual([10, 20, 30, 30, 30]);
});

test("functions call each other, and themselves, before they are written", () => {
  const program = new ModuleBuilder();
  const isOdd: ReturnType<typeof program.define> = program.define(1, (_, n) => [
    when(n, giveBack(isEven(add(n, i32(-1))))),
    giveBack(i32(0)),
  ]);
  const isEven = program.define(
    1,
    (_, n) => [when(n, giveBack(isOdd(add(n, i32(-1))))), giveBack(i32(1))],
    "isEven",
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program.build()), { host: { memory } });
  const f = exports.isEven as (n: number) => number;
  expect([f(10), f(7)]).toEqual([1, 0]);
});

test("a vector's bits are those of its bytes, wherever it begins", () => {
  const { f, bytes } = run(1, (locals, at) => {
    const vector = locals.add("v128");
    return [set(vector, load128(at)), giveBack(highestBits(equalBytes(vector, splat(0xe4))))];
  });
  fc.assert(
    fc.property(fc.nat(100), fc.uint8Array({ minLength: 16, maxLength: 16 }), (at, vector) => {
      bytes.set(vector, at);
      if (at % 3 === 0) bytes[at + (at % 16)] = 0xe4;
      const expected = bytes
        .subarray(at, at + 16)
        .reduce((bits, byte, i) => bits | (Number(byte === 0xe4) << i), 0);
      expect(f(at)).toBe(expected);
    }),
  );
});

test("code that ends without a value is a trap", () => {
  const { f } = run(1, (_, n) => when(load8(n), giveBack(n)));
  expect(() => f(0)).toThrow(WebAssembly.RuntimeError);
});
