import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  dynamicEntries,
  ELF,
  type ElfFile,
  libraryNames,
  parseElf,
  sectionHeaders,
} from "../../scripts/pack/elf.ts";
import { checksum } from "../../scripts/pack/table.ts";
import { LICENSES_SECTION, readLicenses } from "../../src/install/licenses.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-elf-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A small dynamically linked program that every Debian has, if not for every architecture. */
const PROGRAM = "/bin/true";
const bytes = new Uint8Array(readFileSync(PROGRAM));

/** Everything that can be read from a file. */
function readAll(file: Uint8Array): void {
  const elf: ElfFile = parseElf("input", file);
  dynamicEntries(elf);
  libraryNames(elf);
  sectionHeaders(elf);
}

/** `bytes` with some of the first 8 KiB changed: headers, dynamic section of a small program. */
const mutated = fc
  .array(fc.tuple(fc.nat({ max: 8191 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 20 })
  .map((changes) => {
    const copy = bytes.slice();
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  });
const truncated = fc.nat({ max: bytes.length - 1 }).map((length) => bytes.slice(0, length));
const random = fc.uint8Array({ maxLength: 300 });

describe("parseElf()", () => {
  test("reads what readelf reads", () => {
    const elf = parseElf(PROGRAM, bytes);
    const { needed } = libraryNames(elf);
    const dynamic = Bun.spawnSync(["readelf", "-dW", PROGRAM]).stdout.toString();
    const shown = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name!);
    expect(needed).toEqual(shown);
    const sections = Bun.spawnSync(["readelf", "-SW", PROGRAM]).stdout.toString();
    for (const { name } of sectionHeaders(elf)) expect(sections).toContain(name);
    expect(elf.programHeaders.some((p) => p.type === ELF.PT_INTERP)).toBe(true);
  });

  test("gives a value or a SyntaxError or a RangeError for whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, truncated, random), (input) => {
        try {
          readAll(input);
        } catch (error) {
          expect(error instanceof SyntaxError || error instanceof RangeError).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("says what is wrong with a file that is not ELF, and with one that is cut off", () => {
    expect(() => parseElf("x", new Uint8Array(100))).toThrow(
      'Cannot read "x": not a 64-bit little-endian ELF file',
    );
    expect(() => parseElf("x", bytes.slice(0, 70))).toThrow(
      'Cannot read "x": truncated in its program headers',
    );
  });
});

describe("readLicenses()", () => {
  const file = join(directory, "file");

  test("finds nothing, and never throws, in files that are not packed or damaged", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, truncated, random), (input) => {
        writeFileSync(file, input);
        expect(readLicenses(file)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test("finds a section that objcopy has added", () => {
    const [text, output] = [join(directory, "text"), join(directory, "output")];
    writeFileSync(text, "Licences\n");
    const command = ["objcopy", `--add-section=${LICENSES_SECTION}=${text}`, PROGRAM, output];
    expect(Bun.spawnSync(command).exitCode).toBe(0);
    expect(readLicenses(output)).toBe("Licences\n");
  });
});

test("checksum() is two sums over 64-bit words, the second with its halves swapped mixed into the first", () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 50 }), (words) => {
      let [a, b] = [1n, 0n];
      for (const word of words) {
        a = BigInt.asUintN(64, a + word);
        b = BigInt.asUintN(64, b + a);
      }
      const expected = a ^ BigInt.asUintN(64, (b << 32n) | (b >> 32n));
      expect(checksum(new Uint8Array(BigUint64Array.from(words).buffer))).toBe(expected);
    }),
  );
});
