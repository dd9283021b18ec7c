import { expect, test } from "bun:test";
import { readSpec } from "./support.ts";

const NOTIFIED =
  "kprobes: [{call: sys_read, selectors: [{matchActions: [{action: NotifyEnforcer, argError: -1, argSig: 9}, {action: CleanupEnforcerNotification}]}]}]\n";

test("readPolicies() reads enforcers, those of lists and of 32-bit programs too", () => {
  const { policy, lines } = readSpec(
    `lists: [{name: dups, type: syscalls, values: [sys_dup, __ia32_sys_dup]}]\nenforcers: [{calls: ["list:dups", security_file_open]}]\noptions: [{name: override-method, value: fmod-ret}]\n${NOTIFIED}`,
  );
  expect(lines).toEqual([]);
  expect(policy?.options.overrideMethod).toBe("fmod_ret");
  expect(policy?.enforcers?.map(({ path, target }) => [path, target])).toEqual([
    ["spec.enforcers[0].calls[0]", { kind: "syscall", name: "dup", abis: ["native"] }],
    ["spec.enforcers[0].calls[0]", { kind: "syscall", name: "dup", abis: ["compat"] }],
    ["spec.enforcers[0].calls[1]", { kind: "function", name: "security_file_open" }],
  ]);
  expect(policy?.hooks[0]?.selectors[0]?.actions).toEqual([
    { action: "NotifyEnforcer", error: -1, signal: 9 },
    { action: "CleanupEnforcerNotification" },
  ]);
});

test("readPolicies() warns of enforcers that nothing notifies", () => {
  const { policy, lines } = readSpec("enforcers: [{calls: [sys_dup]}]\nkprobes: [{call: sys_read}]\n");
  expect(policy?.enforcers).toHaveLength(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(
    "warning: spec.enforcers: found enforcers without the action NotifyEnforcer: nothing tells them to act",
  );
});
