import { expect, test } from "bun:test";
import * as nodePath from "node:path";
import fc from "fast-check";
import { basename, dirname, isAbsolute, join, resolve } from "../../src/os/path.ts";

const path = fc
  .array(fc.constantFrom("/", "/", "a", "bc", ".", "..", "...", " "), { maxLength: 12 })
  .map((p) => p.join(""));

test("paths are what node:path makes of them", () => {
  fc.assert(
    fc.property(path, path, (one, other) => {
      expect(isAbsolute(one)).toBe(nodePath.posix.isAbsolute(one));
      expect(join(one, other)).toBe(nodePath.posix.join(one, other));
      expect(resolve(one)).toBe(nodePath.posix.resolve(one));
      expect(basename(one)).toBe(nodePath.posix.basename(one));
      expect(dirname(one)).toBe(nodePath.posix.dirname(one));
    }),
    { numRuns: 5_000 },
  );
});
