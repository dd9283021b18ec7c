import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { readProcFile } from "../../src/os/proc-file.ts";

describe("readProcFile()", () => {
  test("reads a file that is longer than its buffer", () => {
    const text = readProcFile("/proc/self/smaps");
    expect(text.length).toBeGreaterThan(8192);
    expect(text).toContain("VmFlags:");
  });

  test("reads the same as readFileSync", () => {
    expect(readProcFile("/proc/self/limits")).toBe(readFileSync("/proc/self/limits", "latin1"));
  });

  test("throws the system's error", () => {
    expect(() => readProcFile("/proc/self/nothing")).toThrow("ENOENT");
  });
});
