import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mappingsAt, readMappings, readMappingsText } from "../../../../src/source/sensor/procfs/mappings.ts";

const procfs = mkdtempSync(join(tmpdir(), "tetrad-mappings-"));
afterAll(() => rmSync(procfs, { recursive: true }));

const TEXT = `1000-2000 r--p 00000000 08:01 11                 /lib/one
2000-3000 r-xp 00001000 08:01 11                 /lib/one
3000-4000 rw-p 00000000 00:00 0
5000-6000 r-xp 00000000 08:01 12                 /lib/with space and - in it
7ffff000-80000000 r-xp 00000000 00:00 0          [vdso]
7f0000000000-7f0000001000 r-xp 00002000 08:01 13 /lib/last
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
`;

test("mappingsAt() has those of files that addresses are in, each once", () => {
  mkdirSync(join(procfs, "1"));
  writeFileSync(join(procfs, "1/maps"), TEXT);
  const all = readMappings(procfs, 1);
  expect(all.map(({ path }) => path)).toEqual([
    "/lib/one",
    "/lib/one",
    "/lib/with space and - in it",
    "/lib/last",
  ]);
  const text = readMappingsText(procfs, 1);
  const at = (...addresses: bigint[]) => mappingsAt(text, BigUint64Array.from(addresses));
  expect(at(0x7f0000000fffn, 0x5000n, 0x2fffn, 0x2000n, 0x5001n)).toEqual(all.slice(1));
  expect(at(0xfffn, 0x4000n, 0x4fffn, 0x6000n, 0x3000n, 0x7ffff000n, 0xffffffffff600000n)).toEqual([]);
  expect(at(0n, 2n ** 64n - 1n)).toEqual([]);
  expect(at()).toEqual([]);
});

test("mappingsAt() takes a line that is cut off as one that is not there", () => {
  const cut = TEXT.slice(0, TEXT.indexOf("/lib/with") - 20);
  expect(mappingsAt(cut, BigUint64Array.of(0x1000n, 0x5000n)).map(({ path }) => path)).toEqual(["/lib/one"]);
  expect(mappingsAt("5000", BigUint64Array.of(0x5000n))).toEqual([]);
});
