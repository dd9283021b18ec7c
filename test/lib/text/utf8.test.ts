import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeText } from "../../../src/lib/text/utf8.ts";

test.each([
  ["text", [0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], "aé😀"],
  ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\uFEFFa"],
  ["two bytes that are none", [0x61, 0xff, 0xfe, 0x62], "a\uFFFDb"],
  ["a character that is cut", [0x61, 0xe2, 0x82], "a\uFFFD"],
  ["two runs", [0xff, 0x61, 0xff, 0xff], "\uFFFDa\uFFFD"],
  ["half of a surrogate pair", [0xed, 0xa0, 0x80, 0x61], "\uFFFDa"],
  ["a character that is longer than it need be", [0xc0, 0xaf], "\uFFFD"],
  ["characters U+FFFD, which are text", [0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd, 0xff], "\uFFFD\uFFFD\uFFFD"],
  ["nothing", [], ""],
])("decodeText() of %s", (_, bytes, text) => {
  expect(decodeText(Uint8Array.from(bytes))).toBe(text);
});

test("decodeText() leaves what is UTF-8, and joins what the decoder replaces", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(decodeText(new TextEncoder().encode(text))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const replaced = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      expect(decodeText(bytes).replaceAll(/\uFFFD+/g, "\uFFFD")).toBe(
        replaced.replaceAll(/\uFFFD+/g, "\uFFFD"),
      );
    }),
  );
});
