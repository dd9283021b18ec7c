import { expect, test } from "bun:test";
import fc from "fast-check";
import { AgedMap } from "../../src/lib/aged-map.ts";

test("AgedMap is a Map whose first key is at hand", () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 9 }), remove: fc.boolean(), value: fc.integer() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const [aged, plain] = [new AgedMap<number, number>(), new Map<number, number>()];
      for (const { key, remove, value } of steps) {
        if (remove) {
          expect(aged.delete(key)).toBe(plain.get(key));
          plain.delete(key);
        } else {
          aged.set(key, value);
          plain.set(key, value);
        }
        expect(aged.oldest).toBe([...plain.keys()][0]);
        expect(aged.size).toBe(plain.size);
        expect([aged.get(key), aged.has(key)]).toEqual([plain.get(key), plain.has(key)]);
      }
      expect([...aged.keys()]).toEqual([...plain.keys()]);
    }),
  );
});
