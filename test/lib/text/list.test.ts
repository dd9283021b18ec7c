import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatList, parseList } from "../../../src/lib/text/list.ts";

describe("parseList()", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    [" a , b ", ["a", "b"]],
    ["a,,b,", ["a", "b"]],
    ['"a,b",c', ["a,b", "c"]],
    ['"say ""hi"""', ['say "hi"']],
    ["base\nkprobe\n", ["base", "kprobe"]],
    ['"a"\n"b"', ["a", "b"]],
    ["a b", ["a b"]],
    ['""', []],
  ])("splits %p", (text, items) => {
    expect(parseList(text)).toEqual(items);
  });

  test.each(['"a', 'a"b', '"a"b', 'a,"b', 'a,b"'])("refuses the quoting of %p", (text) => {
    expect(parseList(text)).toBeUndefined();
  });

  test("splits again what formatList() joined", () => {
    const item = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(fc.array(item), (items) => {
        expect(parseList(formatList(items))).toEqual(items);
      }),
    );
  });

  test("joins of lists are lists of both, so that a repeated flag may be joined by a comma", () => {
    const item = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.array(item), fc.array(item), (left, right) => {
        expect(parseList(`${formatList(left)},${formatList(right)}`)).toEqual([...left, ...right]);
      }),
    );
  });
});
