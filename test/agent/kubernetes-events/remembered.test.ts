import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRemembered, remember } from "../../../src/agent/kubernetes-events/remembered.ts";

const START = { version: "0.1.0", configDigest: "d", hasStopped: false };

test("remember() makes the directory of its file, and none above that", () => {
  const root = mkdtempSync(join(tmpdir(), "tetrad-remembered-"));
  try {
    const path = join(root, "state/start.json");
    remember(path, START);
    remember(path, { ...START, hasStopped: true });
    expect(readRemembered(path)).toEqual({ ...START, hasStopped: true });
    expect(statSync(join(root, "state")).mode & 0o777).toBe(0o700);
    expect(() => remember(join(root, "nope/deep/start.json"), START)).toThrow("ENOENT");
    expect(existsSync(join(root, "nope"))).toBe(false);
  } finally {
    rmSync(root, { recursive: true });
  }
});
