import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  decodeBinary,
  decodeStatusMessage,
  encodeBinary,
  encodeStatusMessage,
  parseTimeout,
} from "../../../src/lib/grpc/metadata.ts";

describe("encodeStatusMessage()", () => {
  test("leaves printable ASCII as it is, but for the percent sign", () => {
    expect(encodeStatusMessage("no such name: ~")).toBe("no such name: ~");
    expect(encodeStatusMessage("50%\n\u00e9")).toBe("50%25%0A%C3%A9");
  });

  test("is undone by decodeStatusMessage(), and holds printable ASCII only", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const wellFormed = text.toWellFormed();
        const encoded = encodeStatusMessage(wellFormed);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeStatusMessage(encoded)).toBe(wellFormed);
      }),
    );
  });
});

test("decodeStatusMessage() leaves what is not encoded as it should be", () => {
  expect(decodeStatusMessage("100% of %4 %zz")).toBe("100% of %4 %zz");
});

test("encodeBinary() leaves out padding, decodeBinary() takes both", () => {
  expect(encodeBinary(new Uint8Array([1]))).toBe("AQ");
  for (const text of ["AQ", "AQ=="]) expect([...decodeBinary(text)]).toEqual([1]);
});

test.each([
  ["1H", 3_600_000],
  ["2M", 120_000],
  ["3S", 3000],
  ["4m", 4],
  ["5u", 1],
  ["99999999n", 100],
  ["0S", 0],
  ["1", undefined],
  ["123456789S", undefined],
  ["-1S", undefined],
  ["", undefined],
])("parseTimeout(%p) is %p", (text, milliseconds) => {
  expect(parseTimeout(text)).toBe(milliseconds);
});
