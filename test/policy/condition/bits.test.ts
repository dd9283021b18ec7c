import { expect, test } from "bun:test";
import { compileOperand } from "../../../src/policy/condition/index.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { LoadedCondition } from "./run.ts";

const FILE_TYPES = [0o010_000, 0o020_000, 0o040_000, 0o060_000, 0o100_000, 0o120_000, 0o140_000];

describeWithBpf("Conditions on bits", () => {
  test("FileType holds for files of these types, whatever their permissions are", () => {
    for (let set = 1; set < 1 << FILE_TYPES.length; set += 5) {
      const types = FILE_TYPES.filter((_, index) => set & (1 << index));
      for (const isNegated of [false, true]) {
        using compiled = new LoadedCondition((context, base, failed) => {
          const mode = { base, offset: 0, size: 2 } as const;
          compileOperand(context, { operator: "FileType", isNegated, types }, [{ mode }], failed);
        });
        for (const type of FILE_TYPES) {
          const mode = new Uint8Array(new Uint16Array([type | 0o7755]).buffer);
          expect(compiled.holds(mode)).toBe(types.includes(type) !== isNegated);
        }
      }
    }
  });

  test("CapabilitiesGained holds when the second set has one that the first lacks", () => {
    using compiled = new LoadedCondition((context, base, failed) => {
      const set = (offset: number) => ({
        integer: { place: { base, offset, size: 8 as const }, size: 8 as const, isSigned: false },
      });
      compileOperand(context, { operator: "CapabilitiesGained", isNegated: false }, [set(0), set(8)], failed);
    });
    const sets = [0n, 1n, 1n << 21n, 1n << 40n, (1n << 41n) - 1n, (1n << 64n) - 1n];
    for (const before of sets) {
      for (const after of sets) {
        const input = new Uint8Array(new BigUint64Array([before, after]).buffer);
        expect(compiled.holds(input)).toBe((BigInt.asUintN(64, ~before) & after) !== 0n);
      }
    }
  });
});
