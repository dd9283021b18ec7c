/** What Go makes of the same input: its `regexp` was run once, its answers are in golden*.json. */
import { expect, test } from "bun:test";
import { compileGroups, compilePattern } from "../../../src/lib/re2/index.ts";
import { unlessRefused } from "../unless-refused.ts";
import regexp from "./golden.json";
import groups from "./golden-groups.json";

test("regular expressions match where Go's do", () => {
  for (const [pattern, text, expected] of regexp.cases as [string, string, boolean | null][]) {
    const found = unlessRefused(() => compilePattern(pattern).test(text));
    expect([pattern, text, found]).toEqual([pattern, text, expected]);
  }
});

test("capture groups are replaced as Tetragon replaces them", () => {
  for (const [pattern, text, expected] of groups.cases as [string, string, string][]) {
    expect([pattern, compileGroups(pattern).replaceGroups(text, "*****")]).toEqual([pattern, expected]);
  }
});
