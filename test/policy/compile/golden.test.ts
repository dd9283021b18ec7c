/**
 * Programs of whole policies as instructions, to be read: for one kernel whose types were written down. `UPDATE_GOLDEN=1` writes the files
 * anew from the running kernel.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listing } from "../../../src/kernel/asm/index.ts";
import { KernelTypes, readKernelBtf } from "../../../src/kernel/btf/index.ts";
import { type CompileKernel, compileHook } from "../../../src/policy/compile/index.ts";
import { ProcessFacts, WorkloadSelectors } from "../../../src/policy/condition/process/index.ts";
import type { Hook, HookTarget, Selector } from "../../../src/policy/policy.ts";
import { SENSOR_MAPS } from "../../../src/source/sensor/probe/index.ts";
import { RecordingTypes, ReplayedTypes } from "../../kernel/support.ts";
import { argument, equal, hook, policy, returned, selector } from "../../source/sensor/policy/made-policy.ts";
import { pointOf } from "./bench.ts";

const TYPES = join(import.meta.dir, "golden", "types-linux-6.18.json");
const isUpdate = process.env.UPDATE_GOLDEN === "1";

const texts = (...all: string[]) => all.map((text) => new TextEncoder().encode(text));
const syscall = (name: string): HookTarget => ({ kind: "syscall", name, abis: ["native"] });
const KILL = { action: "Signal", signal: 9, isSigkill: true } as const;
const LIMITED = {
  action: "Post",
  rateLimit: 60,
  rateLimitScope: "process",
  hasKernelStackTrace: false,
  hasUserStackTrace: false,
  hasImaHash: false,
} as const;
const NOT_SYSTEM: Selector["conditions"][number] = {
  kind: "binary",
  at: { line: 1, column: 1 },
  of: "process",
  operand: { operator: "EqualString", isNegated: true, strings: texts("/usr/bin/apt", "/usr/bin/dpkg") },
  followsChildren: true,
};

/** What people write most. Each list is of hooks that meet at one place. */
const PROGRAMS: Readonly<Record<string, readonly Hook[]>> = {
  "system-call-prefix": [
    hook(syscall("openat"), [argument(1, "string"), argument(2, "int")], {
      selectors: [
        selector({ 0: { operator: "Prefix", isNegated: false, strings: texts("/etc/", "/root/") } }),
      ],
    }),
  ],
  "socket-not-daddr": [
    hook({ kind: "function", name: "tcp_connect" }, [argument(0, "sock")], {
      selectors: [
        selector({
          0: {
            operator: "DAddr",
            isNegated: true,
            networks: [
              { address: Uint8Array.of(127, 0, 0, 0), bits: 8 },
              { address: Uint8Array.of(10, 0, 0, 0), bits: 8 },
            ],
          },
        }),
      ],
    }),
  ],
  "file-mask": [
    hook({ kind: "function", name: "security_file_permission" }, [argument(0, "file"), argument(1, "int")], {
      selectors: [
        selector({
          0: { operator: "EqualString", isNegated: false, strings: texts("/etc/shadow") },
          1: { operator: "Mask", isNegated: false, integers: [2n] },
        }),
      ],
    }),
  ],
  "binaries-not-in-follow-children": [
    hook(syscall("chmod"), [argument(0, "string")], {
      selectors: [selector({}, { conditions: [NOT_SYSTEM] })],
    }),
  ],
  "return-merged": [
    hook(syscall("openat"), [argument(1, "string")], {
      returnValue: returned("int"),
      selectors: [
        selector(
          {},
          { returnConditions: [{ kind: "return", at: NOT_SYSTEM.at, positions: [], operand: equal(-13) }] },
        ),
      ],
    }),
  ],
  "kill-and-rate-limit": [
    hook(syscall("ptrace"), [argument(0, "int64"), argument(1, "int")], {
      selectors: [selector({ 0: equal(16) }, { actions: [LIMITED, KILL] })],
    }),
  ],
  "two-policies": [
    hook(syscall("kill"), [argument(0, "int"), argument(1, "int")], {
      selectors: [selector({ 1: equal(9) })],
    }),
    hook(syscall("kill"), [argument(1, "int")], {
      selectors: [selector({ 0: equal(0) }, { actions: [KILL] })],
    }),
  ],
};

type Types = ConstructorParameters<typeof RecordingTypes>[0];

function assemble(types: Types, name: string): string {
  const hooks = PROGRAMS[name]!;
  const kernel = {
    types,
    startOf: () => undefined,
    tracepointFields: () => [],
  } as unknown as CompileKernel;
  const entries = hooks.map((each, position) => ({
    policy: policy(`policy-${position}`, each),
    hook: each,
    hooks: [each],
    position,
  }));
  const { entry, exit } = compileHook([pointOf(hooks[0]!)], entries, 1, {
    kernel,
    kind: 99,
    ring: SENSOR_MAPS,
    process: {
      facts: new ProcessFacts(),
      workloads: new WorkloadSelectors({ knowsPods: false }),
      hostNamespaces: {},
      hasTypedTask: true,
    },
    hasOverrideReturn: false,
    hasTaskRegisters: true,
    cpuCount: 4,
    leaveUnlessInScope: () => {},
  });
  const parts = [listing(entry.assembly), ...(exit === undefined ? [] : [listing(exit.assembly)])];
  return parts.join("\n; where the function returns\n");
}

function loadTypes(): Types {
  if (!isUpdate) return new ReplayedTypes(JSON.parse(readFileSync(TYPES, "utf8"))) as unknown as Types;
  const recording = new RecordingTypes(new KernelTypes(readKernelBtf()));
  for (const name of Object.keys(PROGRAMS)) assemble(recording as unknown as Types, name);
  writeFileSync(TYPES, `${JSON.stringify(recording.answers, undefined, 1)}\n`);
  return recording as unknown as Types;
}

// Registers are those of the machine; counters of processors, too.
describe.skipIf(process.arch !== "x64")("programs of whole policies", () => {
  const types = loadTypes();
  for (const name of Object.keys(PROGRAMS)) {
    test(`${name} is assembled to the same instructions as before`, () => {
      const file = join(import.meta.dir, "golden", `${name}.txt`);
      const text = assemble(types, name);
      if (isUpdate) writeFileSync(file, text);
      expect(existsSync(file)).toBe(true);
      expect(text).toBe(readFileSync(file, "utf8"));
    });
  }
});
