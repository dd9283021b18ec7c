import { expect, test } from "bun:test";
import fc from "fast-check";
import { isExcessive } from "../../../src/lib/json/excessive.ts";

const of = (text: string, depth: number, nodes: number) => isExcessive(Buffer.from(text), { depth, nodes });

test("isExcessive() counts levels, and objects, lists and fields, also over lines", () => {
  expect(of('{"a":[[{}]]}', 4, 5)).toBe(false);
  expect(of('{"a":[[{}]]}', 3, 5)).toBe(true);
  expect(of('{"a":[[{}]]}', 4, 4)).toBe(true);
  expect(of("[\n[\n[\n]\n]\n]", 2, 9)).toBe(true);
  expect(of("[[],[],[],[]]", 2, 5)).toBe(false);
});

test("isExcessive() does not count what stands in texts", () => {
  expect(of(String.raw`["[[[[{{{{::::\"[[[[\\","]"]`, 1, 1)).toBe(false);
  expect(of(String.raw`["\\",[[]]]`, 2, 9)).toBe(true);
});

test("isExcessive() finds what JSON.parse makes of any document", () => {
  const measure = (value: unknown): { depth: number; nodes: number } => {
    if (typeof value !== "object" || value === null) return { depth: 0, nodes: 0 };
    const inner = Object.values(value).map(measure);
    const fields = Array.isArray(value) ? 0 : inner.length;
    return {
      depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
      nodes: 1 + fields + inner.reduce((sum, { nodes }) => sum + nodes, 0),
    };
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, isPretty) => {
      const { depth, nodes } = measure(JSON.parse(JSON.stringify(value)));
      const text = JSON.stringify(value, null, isPretty ? 2 : 0);
      expect(of(text, depth, nodes)).toBe(false);
      if (nodes > 0) expect(of(text, depth, nodes - 1)).toBe(true);
      if (depth > 0) expect(of(text, depth - 1, nodes)).toBe(true);
    }),
  );
});
