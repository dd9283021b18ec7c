import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { JsonWriter, json } from "../../../../src/source/sensor/event/json-writer.ts";

/** What `write` writes after a word, into a writer that has to grow for it. */
function written(write: (out: JsonWriter) => void): string {
  const out = new JsonWriter(2);
  out.text("word ");
  write(out);
  const text = new TextDecoder().decode(out.bytes.subarray(0, out.end));
  expect(text).toStartWith("word ");
  return text.slice("word ".length);
}

describe("JsonWriter", () => {
  test("raw() adds bytes, be they few or many", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 })), (parts) => {
        expect(
          written((out) => {
            for (const part of parts) out.raw(json(part));
          }),
        ).toBe(parts.join("").toWellFormed());
      }),
    );
  });

  test("text() adds text of any script", () => {
    for (const text of ["", "plain", "häßlich", "日本語", "😀"]) {
      expect(written((out) => out.text(text))).toBe(text);
    }
  });

  test("number() adds digits", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value) => {
        expect(written((out) => out.number(value))).toBe(String(value));
      }),
    );
    for (const value of [0, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 2 ** 31 - 1]) {
      expect(written((out) => out.number(value))).toBe(String(value));
    }
  });

  test("triplet() adds three digits", () => {
    for (const [value, expected] of [
      [0, "000"],
      [7, "007"],
      [42, "042"],
      [999, "999"],
    ] as const) {
      expect(written((out) => out.triplet(value))).toBe(expected);
    }
  });
});
