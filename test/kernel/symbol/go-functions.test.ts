/** Tables of programs in Go, made as its linkers of several years make them. */
import { describe, expect, test } from "bun:test";
import { textAt } from "../../../src/kernel/symbol/elf-text.ts";
import { goFunctions } from "../../../src/kernel/symbol/go-functions.ts";

const FUNCTIONS = [
  { name: "main.main", at: 0 },
  { name: "main.check", at: 0x40 },
] as const;
const END = 0x80;
const CODE = { address: 0x401000n, size: END };

/** @param start Where the code begins, as the table says it. */
function table(version: "1.2" | "1.16" | "1.18" | "1.20", start: bigint): Uint8Array {
  const magic = { "1.2": 0xfffffffb, "1.16": 0xfffffffa, "1.18": 0xfffffff0, "1.20": 0xfffffff1 }[version];
  const bytes = Buffer.alloc(1024);
  bytes.writeUInt32LE(magic, 0);
  bytes.set([1, 8], 6);
  const word = (index: number, value: number | bigint) =>
    bytes.writeBigUInt64LE(BigInt(value), 8 + index * 8);
  word(0, FUNCTIONS.length);
  const [names, rows, rest] = version === "1.2" ? [512, 16, 256] : [512, 128, 256];
  const isNew = version === "1.18" || version === "1.20";
  if (isNew) {
    word(2, start);
    word(3, names);
    word(7, rows);
  } else if (version === "1.16") {
    word(2, names);
    word(6, rows);
  }
  const size = isNew ? 4 : 8;
  const put = (at: number, value: number | bigint) =>
    size === 4 ? bytes.writeUInt32LE(Number(value), at) : bytes.writeBigUInt64LE(BigInt(value), at);
  let nameAt = 0;
  for (const [index, { name, at }] of FUNCTIONS.entries()) {
    const saidAt = rest + index * 32;
    put(rows + index * 2 * size, isNew ? at : CODE.address + BigInt(at));
    put(rows + index * 2 * size + size, version === "1.2" ? saidAt : saidAt - rows);
    bytes.writeInt32LE(version === "1.2" ? names + nameAt : nameAt, saidAt + size);
    bytes.write(`${name}\0`, names + nameAt);
    nameAt += name.length + 1;
  }
  put(rows + FUNCTIONS.length * 2 * size, isNew ? END : CODE.address + BigInt(END));
  return bytes;
}

const found = (bytes: Uint8Array, code = CODE) =>
  [...goFunctions(bytes, code)].map(({ names, nameAt, address, size }) => [
    textAt(names, nameAt),
    address,
    size,
  ]);
const ALL = [
  ["main.main", 0x401000n, 0x40],
  ["main.check", 0x401040n, 0x40],
];

describe("goFunctions()", () => {
  test.each(["1.2", "1.16", "1.18", "1.20"] as const)("finds functions in tables of Go %s", (version) => {
    expect(found(table(version, CODE.address))).toEqual(ALL as never);
  });

  test("takes the section's address where the table does not say it (1.26), unless there is other code in it", () => {
    expect(found(table("1.20", 0n), { ...CODE, size: END + 49 })).toEqual(ALL as never);
    expect(found(table("1.20", 0n), { ...CODE, size: END + 4096 })).toEqual([]);
    expect(found(table("1.20", 0n), { ...CODE, size: END - 1 })).toEqual([]);
  });

  test("finds nothing in what is damaged, and never reads beyond it", () => {
    const whole = table("1.20", CODE.address);
    expect(found(new Uint8Array(0))).toEqual([]);
    for (let length = 0; length < whole.length; length += 7)
      expect(found(whole.subarray(0, length)).length).toBeLessThanOrEqual(FUNCTIONS.length);
    for (let at = 0; at < 400; at += 4) {
      const damaged = Uint8Array.from(whole);
      damaged.fill(0xff, at, at + 4);
      expect(found(damaged).length).toBeLessThanOrEqual(FUNCTIONS.length);
    }
  });
});
