import { describe, expect, test } from "bun:test";
import type { Asset } from "../../../src/elastic/asset.ts";
import { digest, marked, unmarked } from "../../../src/elastic/setup/mark.ts";

const MARK = { version: "v1", definition: "0123456789abcdef", stored: "fedcba9876543210" };
const asset = (mark: Asset["mark"], body: Asset["body"]): Asset =>
  ({
    kind: "ingest pipeline",
    name: "a",
    path: "/a",
    read: (answer) => answer,
    ...(mark !== undefined && { mark }),
    ...(body !== undefined && { body }),
  }) as Asset;

describe("marked() and unmarked()", () => {
  test.each([
    ["_meta", { a: 1 }],
    ["policy._meta", { policy: { phases: {} } }],
    ["description", { description: "what it is", processors: [] }],
    ["description", { processors: [] }],
    ["policy.description", { policy: { description: "what it is", states: [] } }],
  ] as const)("%s carries a mark, and the object comes out as it was", (place, body) => {
    for (const mark of [MARK, { ...MARK, stored: "" }]) {
      const one = asset(place, body);
      const written = marked(one, mark);
      expect(written).not.toEqual(body);
      const read = unmarked(one, written);
      expect(read.mark).toEqual(mark);
      expect(read.body).toEqual(body);
    }
  });

  test.each([
    ["_meta", { _meta: { managed_by: "fleet" }, a: 1 }],
    ["_meta", { a: 1 }],
    ["description", { description: "by hand" }],
  ] as const)("%s of others is no mark, and stays", (place, body) => {
    expect(unmarked(asset(place, body), body)).toEqual({ body, mark: undefined });
  });
});

describe("digest()", () => {
  test("is the same for settings that a server writes as texts, in whatever order", () => {
    expect(digest({ a: 5, b: true, c: { d: "x", e: [1] } })).toBe(
      digest({ c: { e: ["1"], d: "x" }, b: "true", a: "5" }),
    );
  });

  test("differs for another value, another key, another order in a list", () => {
    const all = [{ a: 1 }, { a: 2 }, { b: 1 }, { a: [1, 2] }, { a: [2, 1] }, { a: { b: 1 } }].map(digest);
    expect(new Set(all).size).toBe(all.length);
  });
});
