import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Escaper } from "../../src/encoding/escaper.ts";

const ENDING = Buffer.from("}");

/** What the escaper makes of a text that lies between others. */
function escaped(escaper: Escaper, text: string): string {
  const source = Buffer.from(`"\\${text}"\\\u0001`);
  expect(escaper.escape(source, 2, source.length - 3, ENDING)).toBe(true);
  return Buffer.from(escaper.bytes.subarray(escaper.start, escaper.end)).toString();
}

const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('"', "\\", " ", "~") },
  { weight: 4, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom("\t", "\r", "\u0000", "\u001f", "\u007f", "é", "\u2028") },
);

describe("Escaper", () => {
  test("makes of any text what JSON.stringify makes of it, whatever stands around it", () => {
    const escaper = new Escaper();
    fc.assert(
      fc.property(fc.array(character, { maxLength: 60 }), (characters) => {
        const text = Buffer.from(characters.join("")).toString();
        escaper.begin();
        expect(escaped(escaper, text)).toBe(`${JSON.stringify(text)}}`);
      }),
      { numRuns: 2000 },
    );
  });

  test("each length up to three vectors, with a quote or a backslash at each place", () => {
    const escaper = new Escaper();
    for (let length = 0; length <= 48; length++) {
      for (let place = 0; place < Math.max(1, length); place++) {
        for (const special of ['"', "\\", "\t"]) {
          const text =
            "x".repeat(length).slice(0, place) +
            (length > 0 ? special : "") +
            "x".repeat(Math.max(0, length - place - 1));
          escaper.begin();
          expect(escaped(escaper, text)).toBe(`${JSON.stringify(text)}}`);
        }
      }
    }
  });

  test("texts stay until begin(); when there is no room for another one it says so, and has room for any one afterwards", () => {
    const escaper = new Escaper();
    const text = '"'.repeat(65_536);
    const source = Buffer.from(text);
    const expected = `${JSON.stringify(text)}}`;
    const kept: Buffer[] = [];
    while (escaper.escape(source, 0, source.length, ENDING))
      kept.push(
        Buffer.from(
          escaper.bytes.buffer,
          escaper.bytes.byteOffset + escaper.start,
          escaper.end - escaper.start,
        ),
      );
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every((bytes) => bytes.toString() === expected)).toBe(true);
    escaper.begin();
    expect(escaped(escaper, text)).toBe(expected);
    expect(escaped(escaper, `${text}${text}`)).toBe(`${JSON.stringify(text + text)}}`);
  });
});
