import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parseMappings, releaseExecutablePages } from "../../src/os/memory.ts";

describe("parseMappings()", () => {
  test("reads address, permissions, path and written memory of each mapping", () => {
    const smaps = [
      "00200000-01a39000 r--p 00000000 fe:00 42   /opt/a b/tetrad",
      "Rss:                5220 kB",
      "Anonymous:             0 kB",
      "7f00-7f10 rw-p 00000000 00:00 0 ",
      "Anonymous:            12 kB",
      "",
    ].join("\n");
    expect(parseMappings(smaps)).toEqual([
      { start: 0x200000, end: 0x1a39000, permissions: "r--p", path: "/opt/a b/tetrad", anonymousKb: 0 },
      { start: 0x7f00, end: 0x7f10, permissions: "rw-p", path: "", anonymousKb: 12 },
    ]);
  });

  test("finds this process's executable", () => {
    const paths = parseMappings(readFileSync("/proc/self/smaps", "latin1")).map(({ path }) => path);
    expect(paths).toContain(process.execPath);
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
