import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { writeTar } from "../../scripts/image/tar.ts";

const name = fc.stringMatching(/^[a-z0-9_.-]{1,40}$/).filter((text) => text !== "." && text !== "..");
const files = fc.uniqueArray(
  fc.record({
    path: name,
    mode: fc.constantFrom(0o644, 0o755, 0o600),
    content: fc.uint8Array({ maxLength: 2000 }),
  }),
  { selector: (file) => file.path, minLength: 1, maxLength: 8 },
);

// tar(1) warns of times near 1970 and in the future.
test("writeTar() writes what tar(1) unpacks to the same files", () => {
  fc.assert(
    fc.property(files, fc.integer({ min: 1_000_000, max: 1_700_000_000 }), (entries, mtime) => {
      const directory = mkdtempSync(join(tmpdir(), "tetrad-tar-"));
      try {
        const archive = join(directory, "archive.tar");
        writeFileSync(archive, writeTar([{ path: "d/", mode: 0o755 }, ...entries.map(inside)], mtime));
        const { exitCode, stderr } = Bun.spawnSync(["tar", "-xpf", archive, "-C", directory], {
          stderr: "pipe",
        });
        expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
        for (const { path, mode, content } of entries) {
          const unpacked = join(directory, "d", path);
          expect(new Uint8Array(readFileSync(unpacked))).toEqual(content);
          expect(statSync(unpacked).mode & 0o777).toBe(mode);
          expect(statSync(unpacked).mtimeMs).toBe(mtime * 1000);
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
    }),
    { numRuns: 20 },
  );
});

function inside<T extends { path: string }>(entry: T): T {
  return { ...entry, path: `d/${entry.path}` };
}

test("writeTar() refuses a path that its format has no room for", () => {
  const path = "p".repeat(101);
  expect(() => writeTar([{ path, mode: 0o644 }], 0)).toThrow(
    `Cannot archive "${path}": 101 bytes, at most 100`,
  );
});
