import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Operand } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { type BytesPlace, bytesCondition, inputOf } from "./bytes.ts";
import { holdsForBytes, latin1 } from "./evaluate.ts";

const SHORT: BytesPlace = { capacity: 256, isFromEnd: false };
const PATH: BytesPlace = { capacity: 4096, isFromEnd: true };
const RUNS = 40;

const encode = (text: string) => new TextEncoder().encode(text);
const text = (maxLength: number, letters = ["/", "a", "b", "A", "B", "é", "*"]) =>
  fc.array(fc.constantFrom(...letters), { maxLength }).map((list) => encode(list.join("")));
const anyBytes = fc.uint8Array({ maxLength: 40 });

function check(operand: Operand, place: BytesPlace, texts: readonly Uint8Array[]): void {
  using compiled = bytesCondition(operand, place);
  for (const bytes of texts) {
    if (bytes.length > place.capacity) continue;
    // What is beside the bytes would be found.
    const others = encode("/a/b/abAB");
    const holds = compiled.holds(inputOf(bytes, place, others));
    expect([latin1(bytes), holds]).toEqual([latin1(bytes), holdsForBytes(operand, bytes)]);
  }
}

describeWithBpf("Conditions on patterns", () => {
  for (const operator of ["SubString", "SubStringIgnCase"] as const) {
    test(`${operator} holds where one of the texts is found`, () => {
      const inputs = fc.tuple(
        fc.array(fc.oneof(text(6), fc.uint8Array({ maxLength: 6 })), { minLength: 1, maxLength: 8 }),
        fc.array(fc.oneof(text(40), anyBytes), { minLength: 10, maxLength: 40 }),
        fc.boolean(),
      );
      fc.assert(
        fc.property(inputs, ([strings, texts, isNegated]) => {
          const surrounded = strings.flatMap((string) => [
            string,
            string.slice(1),
            Buffer.concat([encode("xy"), string, encode("z")]),
            encode(latin1(string).toUpperCase()),
          ]);
          check({ operator, isNegated, strings }, SHORT, [...texts, ...surrounded]);
        }),
        { numRuns: RUNS },
      );
    });
  }

  test("SubString reads all of 4,096 bytes, and no more", () => {
    const at = (index: number) => {
      const bytes = new Uint8Array(4096).fill(0x61);
      bytes.set(encode("/b/"), index);
      return bytes;
    };
    const operand = { operator: "SubString", isNegated: false, strings: [encode("/b/")] } as const;
    check(operand, PATH, [at(0), at(2000), at(4093), at(4093).slice(0, 4095), new Uint8Array(4096)]);
  });

  test("SubString with forty texts of a hundred bytes holds as it says", () => {
    const strings = Array.from({ length: 40 }, (_, index) =>
      Uint8Array.from({ length: 99 }, (_, at) => 0x20 + ((at * (index + 3) * 7 + index) % 90)),
    );
    const texts = strings.flatMap((string) => [
      string,
      string.slice(1),
      Buffer.concat([string.slice(0, 50), string]),
    ]);
    for (const isNegated of [false, true]) check({ operator: "SubString", isNegated, strings }, PATH, texts);
  });

  test("SubString with texts of all 256 bytes holds as it says", () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const operand = {
      operator: "SubString",
      isNegated: false,
      strings: [all.slice(0, 128), all.slice(128)],
    } as const;
    check(operand, PATH, [all, all.slice(1, 255), all.slice(128), all.toReversed()]);
  });

  for (const opensAt of ["nowhere", "end", "start"] as const) {
    test(`Glob holds for such paths, with others ${opensAt === "nowhere" ? "nowhere" : `at their ${opensAt}`}`, () => {
      const glob = fc
        .array(fc.constantFrom("/", "a", "b", "*", "é", "."), { minLength: 1, maxLength: 8 })
        .map((list) => list.join(""));
      const inputs = fc.tuple(
        fc.array(glob, { minLength: 1, maxLength: 6 }),
        fc.array(text(12, ["/", "a", "b", "é", "."]), { minLength: 20, maxLength: 60 }),
        fc.boolean(),
      );
      fc.assert(
        fc.property(inputs, ([globs, texts, isNegated]) => {
          const filled = globs.flatMap((one) =>
            ["", "x", "/", "ab"].map((run) => encode(one.replaceAll("*", run))),
          );
          check({ operator: "Glob", opensAt, isNegated, globs }, SHORT, [...texts, ...filled]);
        }),
        { numRuns: RUNS },
      );
    });
  }

  test("Globs that take too many states together are searched one after the other", () => {
    const globs = Array.from({ length: 11 }, (_, index) => `*${"abcdefghijk"[index]}*/x${index}`);
    const texts = ["a/x0", "k/x10", "abcdefghijk/x7", "ab/x2", "/x1", "zzz/x3"].map(encode);
    check({ operator: "Glob", opensAt: "nowhere", isNegated: false, globs }, SHORT, texts);
  });
});
