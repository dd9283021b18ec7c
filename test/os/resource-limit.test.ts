import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const MODULE = join(import.meta.dir, "../../src/os/resource-limit.ts");
const PRINT_LIMIT = `
  const { raiseLockedMemoryLimit } = await import(${JSON.stringify(MODULE)});
  const isRaised = raiseLockedMemoryLimit();
  const limits = require("node:fs").readFileSync("/proc/self/limits", "utf8");
  console.log(isRaised, /^Max locked memory +(\\S+) +(\\S+)/m.exec(limits).slice(1).join(" "));
`;

/** Whether this process has a capability, by its number. */
function has(capability: bigint): boolean {
  const effective = /^CapEff:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))![1];
  return ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}

const CAP_SETPCAP = 8n;
const CAP_SYS_RESOURCE = 24n;
const WITHOUT_RIGHT = has(CAP_SETPCAP) ? ["setpriv", "--bounding-set=-sys_resource"] : [];

/** Runs a process that has the limits. */
function raise(softAndHard: string, prefix: readonly string[]): string {
  const command = ["prlimit", `--memlock=${softAndHard}`, ...prefix, process.execPath, "-e", PRINT_LIMIT];
  return Bun.spawnSync(command, { stderr: "inherit" }).stdout.toString().trim();
}

test("lifts the limit of locked memory where this process may, else raises it to the hard limit", () => {
  const expected = has(CAP_SYS_RESOURCE) ? "true unlimited unlimited" : "true 1048576 1048576";
  expect(raise("65536:1048576", [])).toBe(expected);
  expect(raise("65536:1048576", WITHOUT_RIGHT)).toBe("true 1048576 1048576");
});

test("leaves a limit alone that it may not raise, and says so", () => {
  expect(raise("65536:65536", WITHOUT_RIGHT)).toBe("false 65536 65536");
});
