/** @module Events changed at random: values at the edges of what fields accept. */
import fc from "fast-check";
import type { JsonObject } from "../../src/lib/json/object.ts";

/** Values at the edges of what scalar types, messages, lists and maps accept. */
export const EDGES: readonly unknown[] = [
  null,
  true,
  "",
  [],
  {},
  [null],
  [{}],
  ["CAP_CHOWN", 7],
  { key: 5 },
  { constructor: 5, prototype: [] },
  JSON.parse('{"__proto__":5}'),
  0,
  -0,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 64,
  2 ** 65,
  Number.MAX_VALUE,
  "1",
  "01",
  "-1",
  " 1",
  "4294967296",
  "18446744073709551615",
  "18446744073709551616",
  "-9223372036854775808",
  "AA==",
  "A===",
  "a b",
  "CAP_NEW",
  "9CAP",
  "2023-09-09T23:27:42.751301123Z",
  "2023-13-09T23:27:42Z",
  "2023-09-09T23:27:42",
];

export const edges = fc.oneof(fc.constantFrom(...EDGES), fc.jsonValue());

/** Replaces one value somewhere below `root`, chosen by `path`, or adds a key there. */
export function mutate(
  root: JsonObject,
  path: readonly number[],
  value: unknown,
  key: string | undefined,
): void {
  let holder: Record<string, unknown> = root;
  for (const step of path) {
    const keys = Object.keys(holder);
    if (keys.length === 0) break;
    const chosen = keys[step % keys.length]!;
    const inner = holder[chosen];
    if (typeof inner === "object" && inner !== null && step % 7 !== 0) {
      holder = inner as Record<string, unknown>;
    } else {
      Object.defineProperty(holder, key ?? chosen, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      return;
    }
  }
  Object.defineProperty(holder, key ?? "__proto__", {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

export const mutations = fc.array(
  fc.record({
    path: fc.array(fc.nat(1000), { minLength: 1, maxLength: 8 }),
    value: edges,
    key: fc.option(fc.constantFrom("__proto__", "constructor", "process", "pid", "time"), {
      nil: undefined,
      freq: 4,
    }),
  }),
  { minLength: 1, maxLength: 2 },
);
