import { expect, test } from "bun:test";
import { BPF_MAP_TYPE } from "../../../src/kernel/map/index.ts";
import { ConditionMaps } from "../../../src/policy/condition/maps.ts";

test("ConditionMaps holds as many maps as a program may have, those that have the same in them once", () => {
  const maps = new ConditionMaps("m");
  const add = (value: number) =>
    maps.add({ type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: 1, maxEntries: 1 }, [
      [new Uint8Array(4), new Uint8Array([value])],
    ]);
  for (let i = 0; i < 48; i++) expect(add(i)).toBe(`m_${i + 1}`);
  expect(add(7)).toBe("m_8");
  expect(() => add(48)).toThrow(new RangeError("large sets and patterns take more than 48 tables"));
  expect(maps.all).toHaveLength(48);
});
