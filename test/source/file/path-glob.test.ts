import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { PathGlob } from "../../../src/source/file/path-glob.ts";
import { numbered, TestDirectory } from "../harness.ts";

describe("PathGlob", () => {
  test.each([
    ["many braces", "/x/{a,b}".repeat(20)],
    ["braces in braces", `/x/${"{a,".repeat(12)}b${"}".repeat(12)}`],
    ["one brace with many words", `/x/{${"a,".repeat(2000)}b}`],
  ])("refuses a glob that stands for too many patterns: %s", (_what, glob) => {
    expect(() => new PathGlob(glob)).toThrow("more than 1024 patterns");
  });

  test("takes braces as shells do", () => {
    using directory = new TestDirectory();
    for (const name of ["a.log", "b.log", "c.txt"]) directory.write(name, numbered(0, 1).join(""));
    const { paths } = new PathGlob(directory.at("{a,{b,c}}.{log,txt}")).list();
    expect(
      [...paths]
        .filter((path) => fs.existsSync(path))
        .map((path) => path.slice(-5))
        .sort(),
    ).toEqual(["a.log", "b.log", "c.txt"]);
  });
});
