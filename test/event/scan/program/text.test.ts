import { expect, test } from "bun:test";
import fc from "fast-check";
import { GetEventsResponse } from "../../../../src/event/description/index.ts";
import { defineText } from "../../../../src/event/scan/program/text.ts";
import { scanTable } from "../../../../src/event/scan/table.ts";
import { giveBack } from "../../../../src/lib/wasm/code.ts";
import { ModuleBuilder } from "../../../../src/lib/wasm/module.ts";

const TEXT = 40_000;

/** The program's functions, each as a function of its own. */
function functions() {
  const program = new ModuleBuilder();
  const text = defineText(program, program.global());
  for (const [name, scan] of Object.entries(text)) program.define(1, (_, at) => giveBack(scan(at)), name);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program.build()), { host: { memory } });
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(scanTable({ message: GetEventsResponse, added: [] }).bytes);
  return { bytes, exports: exports as unknown as Record<keyof typeof text, (at: number) => number> };
}

const { bytes, exports } = functions();

/** The same by a plain loop: where the string ends whose text begins at `at`, or -1. */
function plainString(at: number): number {
  for (let i = at; ; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22) return i + 1;
    if (byte < 0x20) return -1;
    if (byte !== 0x5c) continue;
    i++;
    if (bytes[i] === 0x75) {
      for (let digit = 0; digit < 4; digit++)
        if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[++i]!))) return -1;
    } else if (!'"\\/bfnrt'.includes(String.fromCharCode(bytes[i]!))) return -1;
  }
}

/** Where a name without escapes ends, or -1. */
function plainName(at: number): number {
  for (let i = at; ; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22) return i + 1;
    if (byte < 0x20 || byte === 0x5c) return -1;
  }
}

/** Mostly text, with what ends it and what escapes are made of. */
const piece = fc.oneof(
  { arbitrary: fc.string({ maxLength: 40 }), weight: 3 },
  fc.constantFrom(
    "\\n",
    "\\u00aF",
    "\\u12g4",
    '\\"',
    "\\\\",
    "\\x",
    "\\",
    "\t",
    "\u0000",
    "\u001f",
    "\u007f",
    "ä",
    "😀",
    '"',
  ),
);

test("strings and names end where a plain loop ends, at any place of a vector", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(40), (pieces, offset) => {
      const at = TEXT + offset;
      bytes.fill(0x22, TEXT, TEXT + offset);
      const length = bytes.subarray(at).length;
      const text = Buffer.from(`${pieces.join("")}\n""""`).subarray(0, length);
      bytes.set(text, at);
      expect(exports.string(at)).toBe(plainString(at));
      expect(exports.plainName(at)).toBe(plainName(at));
    }),
    { numRuns: 3000 },
  );
});

test("strings of every length end where their quote is", () => {
  for (let length = 0; length < 200; length++) {
    for (const end of ['"', "\n", '\\n"', '\\"x"', '\\\\"', '\\\\\\"\\u00aF"', '\\u00a"', '\\\\\\x"']) {
      bytes.set(Buffer.from(`${"x".repeat(length)}${end}\n`), TEXT);
      expect([length, end, exports.string(TEXT)]).toEqual([length, end, plainString(TEXT)]);
    }
  }
});

test("base64 is what the pattern of both alphabets says", () => {
  const pattern =
    /^(?:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?|(?:[\w-]{4})*(?:[\w-]{2}(?:==)?|[\w-]{3}=?)?)"/;
  const letter = fc.constantFrom(..."AZaz09".split(""), "+", "/", "-", "_", "=", " ");
  fc.assert(
    fc.property(fc.array(letter, { maxLength: 9 }), (letters) => {
      const text = `${letters.join("")}"`;
      bytes.set(Buffer.from(`${text}\n`), TEXT);
      expect([text, exports.base64(TEXT)]).toEqual([text, pattern.test(text) ? TEXT + text.length : -1]);
    }),
    { numRuns: 3000 },
  );
});
