import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BUILD_OPTIONS, readBuildOptions } from "../../../src/kernel/feature/index.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-options-"));
afterAll(() => rmSync(directory, { recursive: true }));

const TEXT = `# Linux/x86 6.1
CONFIG_BPF=y
# CONFIG_AUDIT is not set
CONFIG_SECURITY=m
CONFIG_LSM="bpf"
CONFIG_BPF_JIT = y
`;

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

test("readBuildOptions() says of each option whether it is built in, a module, or not set", () => {
  const values = readBuildOptions([file("config.gz", gzipSync(TEXT))]);
  expect([...values.keys()]).toEqual(BUILD_OPTIONS);
  expect([...values].filter(([, value]) => value !== "n")).toEqual([
    ["CONFIG_BPF", "y"],
    ["CONFIG_SECURITY", "m"],
  ]);
});

test("readBuildOptions() takes the next file where there is none, or one that is damaged", () => {
  const plain = file("config-6.1", TEXT);
  for (const first of [join(directory, "none"), file("damaged.gz", "no gzip")])
    expect(readBuildOptions([first, plain]).get("CONFIG_BPF")).toBe("y");
  expect(() => readBuildOptions([join(directory, "none")])).toThrow("ENOENT");
});
