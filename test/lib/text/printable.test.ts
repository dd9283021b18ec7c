import { describe, expect, test } from "bun:test";
import { printable, printableLines } from "../../../src/lib/text/printable.ts";

describe("printable()", () => {
  test.each([
    ["/bin/sh -c 'ü 文 🙂'", "/bin/sh -c 'ü 文 🙂'"],
    ["\u001b[31m\r\n\t\u0000", "\\u001b[31m\\u000d\\u000a\\u0009\\u0000"],
    ["\u009b2J \u007f", "\\u009b2J \\u007f"],
    // Turns the text around, hides it, and ends a line elsewhere.
    ["a\u202eb\u200bc\u2028d", "a\\u202eb\\u200bc\\u2028d"],
    // A tag character, of two units, and half a character.
    ["\u{e0041}|\ud83d", "\\udb40\\udc41|\\ud83d"],
  ])("makes %j %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});

test("printableLines() leaves the ends of lines", () => {
  expect(printableLines("a\u001b\nb\r\n")).toBe("a\\u001b\nb\\u000d\n");
});
