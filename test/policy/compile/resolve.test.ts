/** Ways through structs: as the kernel's own types have them. */
import { describe, expect, test } from "bun:test";
import { BTF_KIND, Btf, BtfWriter } from "../../../src/kernel/btf/index.ts";
import { resolveWay } from "../../../src/policy/compile/resolve.ts";

/** `struct inner { int first; short pair[2]; struct inner *next; char name[8]; }`, and one around it. */
function types(): { readonly btf: Btf; readonly outer: number } {
  const writer = new BtfWriter();
  const int = writer.int("int", 4, true);
  const short = writer.int("unsigned short", 2);
  const char = writer.int("char", 1);
  const pair = writer.array(short, 2, int);
  const name = writer.array(char, 8, int);
  const inner = writer.struct("inner", 32, [
    { name: "first", type: int, bitOffset: 0 },
    { name: "pair", type: pair, bitOffset: 32 },
    { name: "name", type: name, bitOffset: 64 },
  ]);
  const pointer = writer.pointer(inner);
  const id = writer.struct("kuid_t", 4, [{ name: "val", type: int, bitOffset: 0 }]);
  writer.struct("outer", 56, [
    { name: "number", type: int, bitOffset: 0 },
    { name: "inner", type: pointer, bitOffset: 64 },
    { name: "own", type: inner, bitOffset: 128 },
    { name: "owner", type: id, bitOffset: 384 },
  ]);
  const btf = new Btf(writer.build());
  return { btf, outer: btf.find(BTF_KIND.STRUCT, "outer")! };
}

describe("resolveWay()", () => {
  const cases = [
    { steps: ["number"], hops: [], offset: 0, size: 4, isSigned: true },
    { steps: ["own", "first"], hops: [], offset: 16, size: 4, isSigned: true },
    { steps: ["inner", "first"], hops: [8], offset: 0, size: 4, isSigned: true },
    { steps: ["inner", "pair", 1], hops: [8], offset: 6, size: 2, isSigned: false },
    { steps: ["inner", 2, "first"], hops: [8], offset: 64, size: 4, isSigned: true },
    { steps: ["inner"], hops: [], offset: 8, size: 8, isSigned: false },
    { steps: ["own", "name"], hops: [], offset: 24, size: undefined, isSigned: false },
    { steps: ["own"], hops: [], offset: 16, size: undefined, isSigned: false },
  ] as const;
  for (const { steps, ...expected } of cases) {
    test(`goes ${steps.join(".")}`, () => {
      const { btf, outer } = types();
      expect(resolveWay(btf, outer, steps, { isNumber: false })).toEqual({ ...expected, bits: undefined });
    });
  }

  test("takes a struct around a number for that number where one is wanted, else for a place", () => {
    const { btf, outer } = types();
    const way = (step: string, isNumber: boolean) => resolveWay(btf, outer, [step], { isNumber });
    expect(way("owner", true)).toMatchObject({ offset: 48, size: 4, isSigned: true });
    expect(way("owner", false)).toMatchObject({ offset: 48, size: undefined });
    expect(way("own", true)).toMatchObject({ offset: 16, size: undefined });
  });

  test("names the step that there is not", () => {
    const { btf, outer } = types();
    expect(() => resolveWay(btf, outer, ["inner", "last"], { isNumber: false })).toThrow(
      `Cannot resolve "last": this kernel's types do not have it`,
    );
  });
});
