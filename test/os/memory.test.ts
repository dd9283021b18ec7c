import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { constantRanges, releaseExecutablePages } from "../../src/os/memory.ts";

/** Program headers of 64 bits: type, flags, address, size in memory. */
function encodeHeaders(rows: readonly (readonly [number, number, number, number])[]): DataView {
  const view = new DataView(new ArrayBuffer(rows.length * 56));
  for (const [i, [type, flags, address, bytes]] of rows.entries()) {
    view.setUint32(i * 56, type, true);
    view.setUint32(i * 56 + 4, flags, true);
    view.setBigUint64(i * 56 + 16, BigInt(address), true);
    view.setBigUint64(i * 56 + 32, BigInt(bytes), true);
  }
  return view;
}

describe("constantRanges()", () => {
  const headers = encodeHeaders([
    [6, 4, 0x200040, 0x200],
    [1, 4, 0x200000, 0x10_0800],
    [1, 5, 0x301800, 0x20_0000],
    [1, 6, 0x600000, 0x10_0000],
    [1, 4, 0x700800, 0x400],
    [4, 4, 0x200300, 0x4000],
  ]);

  test("are whole pages of segments that nobody may write", () => {
    expect(constantRanges(headers, 0x200040)).toEqual([
      { start: 0x200000, end: 0x300000 },
      { start: 0x302000, end: 0x501000 },
    ]);
  });

  test("lie where the program was loaded", () => {
    expect(constantRanges(headers, 0x7f00_0020_0040)[0]).toEqual({
      start: 0x7f00_0020_0000,
      end: 0x7f00_0030_0000,
    });
  });
});

test("releaseExecutablePages() lowers what is mapped of the executable, and the program goes on", () => {
  const rssFile = () =>
    Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))![1]);
  const before = rssFile();
  releaseExecutablePages();
  expect(rssFile()).toBeLessThan(before);
  expect(JSON.parse('{"still":"here"}')).toEqual({ still: "here" });
});
