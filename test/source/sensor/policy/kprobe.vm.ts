/** Policies on functions of the kernel and on system calls. This host's own kernel may have no kprobes. */
import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Policy } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor } from "../support.ts";
import { argument, equal, hook, policy, returned, selector } from "./made-policy.ts";

interface KprobeEvent {
  readonly process: { readonly binary: string; readonly exec_id: string };
  readonly parent?: object;
  readonly args?: readonly Record<string, unknown>[];
  readonly [name: string]: unknown;
}

/** Runs a command while policies watch it. @returns The events of functions. */
async function events(policies: readonly Policy[], command: readonly string[]): Promise<KprobeEvent[]> {
  await using enclosure = await createPidNamespace();
  const sensor = await RunningSensor.start({ scope: enclosure.scope, policies });
  await enclosure.run(command);
  await sensor[Symbol.asyncDispose]();
  expect(sensor.counters.lost).toBe(0);
  return sensor.events.flatMap((event) => (event as { process_kprobe?: KprobeEvent }).process_kprobe ?? []);
}

const directory = mkdtempSync("/var/tmp/policy-");
const token = join(directory, "token");
writeFileSync(token, "secret");

describeWithBpf("a policy on a function of the kernel", () => {
  test("posts the path of a file, its type and its permissions", async () => {
    const opened = await events(
      [policy("open", hook({ kind: "function", name: "security_file_open" }, [argument(0, "file")]))],
      ["sh", "-c", `cat ${token}; true`],
    );
    const own = opened.filter(
      ({ args }) => (args?.[0]?.file_arg as { path?: string } | undefined)?.path === token,
    );
    expect(own).toHaveLength(1);
    const { process, parent, ...members } = own[0]!;
    expect(members).toEqual({
      function_name: "security_file_open",
      args: [{ file_arg: { path: token, permission: "-rw-r--r--" } }],
      action: "KPROBE_ACTION_POST",
      policy_name: "open",
      return_action: "KPROBE_ACTION_POST",
    });
    expect(process.binary).toBe("/usr/bin/cat");
    expect(parent).toBeDefined();
  });

  test("reads what a system call is given and what it returns, as one event", async () => {
    const all = await events(
      [
        policy(
          "open",
          hook(
            { kind: "syscall", name: "openat", abis: ["native"] },
            [argument(1, "string"), argument(2, "int")],
            {
              returnValue: returned("int"),
            },
          ),
        ),
      ],
      ["cat", token, "/nowhere"],
    );
    const own = all.filter(({ args }) => [token, "/nowhere"].includes(args?.[0]?.string_arg as string));
    expect(own.map(({ args, return: value }) => [args, value])).toEqual([
      [[{ string_arg: token }, { int_arg: 0 }], { int_arg: 3 }],
      [[{ string_arg: "/nowhere" }, { int_arg: 0 }], { int_arg: -2 }],
    ]);
  });

  test("kills where the policy says so, and only there", async () => {
    const kill = { action: "Signal", signal: 9, isSigkill: true } as const;
    const own = await events(
      [
        policy(
          "kill",
          hook(
            { kind: "syscall", name: "kill", abis: ["native"] },
            [argument(1, "int", { label: "signal" })],
            {
              selectors: [selector({ 0: equal(0) }, { actions: [kill] })],
            },
          ),
        ),
      ],
      ["sh", "-c", "bash -c 'kill -CONT $$; kill -0 $$; echo alive'; true"],
    );
    expect(own.map(({ args, action }) => [args, action])).toEqual([
      [[{ int_arg: 0, label: "signal" }], "KPROBE_ACTION_SIGKILL"],
    ]);
  });

  test("several policies at one place share its program, each with selectors of its own", async () => {
    const target = { kind: "syscall", name: "kill", abis: ["native"] } as const;
    const own = await events(
      [
        policy("one", hook(target, [argument(1, "int")], { selectors: [selector({ 0: equal(0) })] })),
        policy(
          "two",
          hook(target, [argument(0, "int"), argument(1, "int")], {
            selectors: [
              selector({ 1: equal(18) }),
              selector({ 1: equal(0) }, { actions: [{ action: "NoPost" }] }),
            ],
          }),
        ),
        policy("all", hook(target, [argument(1, "int")])),
      ],
      ["sh", "-c", "bash -c 'kill -CONT $$; kill -0 $$'; true"],
    );
    expect(own.map(({ policy_name, args }) => [policy_name, args?.at(-1)])).toEqual([
      ["two", { int_arg: 18 }],
      ["all", { int_arg: 18 }],
      ["one", { int_arg: 0 }],
      ["all", { int_arg: 0 }],
    ]);
  });

  test("a descriptor is the file that it stands for, and one that stands for none an error", async () => {
    const own = await events(
      [
        policy(
          "chmod",
          hook({ kind: "syscall", name: "fchmod", abis: ["native"] }, [
            argument(0, "fd"),
            argument(1, "uint32"),
          ]),
        ),
      ],
      [
        "python3",
        "-c",
        `import os
f = os.open("${token}", os.O_RDONLY)
os.fchmod(f, 0o600)
try: os.fchmod(999, 0o600)
except OSError: pass`,
      ],
    );
    expect(own.map(({ args }) => args)).toEqual([
      [{ file_arg: { path: token, permission: "-rw-r--r--" } }, { uint_arg: 384 }],
      [{ error_arg: { Message: "Bad address for basic type" } }, { uint_arg: 384 }],
    ]);
  });

  test("has registers as data, whole and in parts", async () => {
    const register = (name: string, type: "int" | "uint64" | "uint8") =>
      argument(0, type, { source: { kind: "register", name } });
    const own = await events(
      [
        policy(
          "prctl",
          hook(
            { kind: "function", name: "security_task_prctl" },
            [argument(0, "int"), argument(1, "uint64")],
            {
              data: [register("edi", "int"), register("rsi", "uint64"), register("dil", "uint8")],
              selectors: [selector({ 0: equal(0x1234), 1: equal(0x123456789abc) })],
            },
          ),
        ),
      ],
      [
        "python3",
        "-c",
        "import ctypes; ctypes.CDLL(None).prctl(0x1234, ctypes.c_ulong(0x123456789abc), 0, 0, 0)",
      ],
    );
    expect(own.map(({ data }) => data)).toEqual([
      [{ int_arg: 0x1234 }, { size_arg: "20015998343868" }, { uint_arg: 0x34 }],
    ]);
  });
});
