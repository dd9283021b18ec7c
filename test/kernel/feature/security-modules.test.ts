import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { readSecurityModules } from "../../../src/kernel/feature/index.ts";
import { SystemCallError } from "../../../src/os/system-call.ts";
import { withUnmounted } from "../../../src/os/unmounted-files.ts";

const mounts = () => readFileSync("/proc/self/mounts", "latin1");

test("the security modules are read where securityfs is mounted nowhere, and nothing stays mounted or open", () => {
  const before = { mounts: mounts(), open: readdirSync("/proc/self/fd").length };
  try {
    const modules = withUnmounted("securityfs", (directory) =>
      readFileSync(`${directory}/lsm`, "latin1").trim().split(","),
    );
    expect(modules.length).toBeGreaterThan(0);
    expect(readSecurityModules()).toEqual(modules);
  } catch (error) {
    // Who may not mount is told so.
    expect(error).toBeInstanceOf(SystemCallError);
    expect((error as SystemCallError).errnoName).toMatch(/^(?:EPERM|ENODEV|ENOSYS)$/);
  }
  expect({ mounts: mounts(), open: readdirSync("/proc/self/fd").length }).toEqual(before);
});
