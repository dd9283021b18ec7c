import { afterAll, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog } from "../../../src/cli/bugtool/log.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-log-"));
afterAll(() => rmSync(directory, { recursive: true }));

const path = join(directory, "agent.log");

/** Has this process hold the file, as an agent does its log. */
function holding<Result>(flags: "r" | "a", use: () => Result): Result {
  const fd = openSync(path, flags);
  try {
    return use();
  } finally {
    closeSync(fd);
  }
}

test("readLog() reads the end of what an agent writes, also by another name", () => {
  writeFileSync(path, `${"x".repeat(2_000_000)}\nfirst\nlast\n`);
  const link = join(directory, "link.log");
  symlinkSync(path, link);
  expect(holding("a", () => readLog(link, [process.pid]))).toBe("first\nlast\n");
});

test("readLog() reads no file that a server only names", () => {
  writeFileSync(path, "secrets\n");
  const refuse = /^no agent of this host that this user may see writes "/;
  expect(() => readLog(path, [process.pid])).toThrow(refuse);
  // To read it is not to write it.
  expect(() => holding("r", () => readLog(path, [process.pid]))).toThrow(refuse);
  expect(() => holding("a", () => readLog(path, []))).toThrow(refuse);
  expect(() => readLog(join(directory, "none"), [process.pid])).toThrow("ENOENT");
});
