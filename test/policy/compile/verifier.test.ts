/** Programs of all types, operators and shapes, as the verifier of this kernel takes them: they are loaded, and not attached. */
import { test } from "bun:test";
import { haveFeature } from "../../../src/kernel/feature/index.ts";
import {
  ARGUMENT_TYPES,
  type ArgumentType,
  type ArgumentTypeName,
} from "../../../src/policy/argument-type.ts";
import { HASHED_HOOKS, hashedArgument } from "../../../src/policy/file-hash.ts";
import { lsmFunction } from "../../../src/policy/lsm-function.ts";
import type { Argument, HookTarget, Operand, Selector } from "../../../src/policy/policy.ts";
import { RunningKernel } from "../../../src/source/sensor/policy/kernel.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { argument, hook, returned, selector } from "../../source/sensor/policy/made-policy.ts";
import { Bench } from "./bench.ts";

const FUNCTION: HookTarget = { kind: "function", name: "security_file_open" };
const CALL: HookTarget = { kind: "syscall", name: "openat", abis: ["native"] };
const RAW: HookTarget = { kind: "tracepoint", subsystem: "sched", event: "sched_process_exec", isRaw: true };

const text = (value: string) => new TextEncoder().encode(value);
const range = (first: number, last = first) => ({ first: BigInt(first), last: BigInt(last) });

/** Operands that look at each class of values. */
const OPERANDS: Readonly<Record<ArgumentType["operands"], readonly Operand[]>> = {
  integer: [
    { operator: "Equal", isNegated: false, integers: [1n, 5n] },
    { operator: "Mask", isNegated: true, integers: [6n] },
    { operator: "InRange", isNegated: false, ranges: [range(1, 5), range(9), range(20, 30), range(40)] },
  ],
  capabilities: [{ operator: "Mask", isNegated: false, integers: [1n << 40n] }],
  string: [
    { operator: "EqualString", isNegated: false, strings: [text("/etc/shadow"), text("/etc/passwd")] },
    { operator: "Prefix", isNegated: true, strings: [text("/proc/"), text("/sys/")] },
    { operator: "Postfix", isNegated: false, strings: [text(".conf")] },
    { operator: "SubString", isNegated: false, strings: [text("secret")] },
  ],
  file: [
    { operator: "EqualString", isNegated: false, strings: [text("/etc/shadow"), text("/etc/passwd")] },
    { operator: "Prefix", isNegated: true, strings: [text("/proc/"), text("/sys/")] },
    { operator: "Postfix", isNegated: false, strings: [text(".conf")] },
    { operator: "FileType", isNegated: false, types: [0o100000] },
    { operator: "Glob", isNegated: false, globs: ["/home/*/.ssh/*"], opensAt: "nowhere" },
  ],
  network: [
    { operator: "SAddr", isNegated: true, networks: [{ address: Uint8Array.of(127, 0, 0, 0), bits: 8 }] },
    { operator: "SPort", isNegated: false, ranges: [range(0, 1023)] },
    { operator: "Family", isNegated: false, ranges: [range(2)] },
  ],
  none: [],
};

function makeArgument(type: ArgumentTypeName, index = 0): Argument {
  return argument(index, type, { sizeIndex: type.startsWith("char_") ? 1 : undefined });
}

const KERNEL = new RunningKernel("");

/** Kernels without modules have no types of those. */
const HAS_MODULES = KERNEL.types.has("load_info", "mod.taints");
const TYPES = (Object.keys(ARGUMENT_TYPES) as ArgumentTypeName[]).filter(
  (type) => HAS_MODULES || type !== "load_info",
);

/** Hooks of this kernel at which files are hashed; none where it gives no digests to programs. */
const HASHED =
  KERNEL.types.enumerator("bpf_func_id", "BPF_FUNC_ima_inode_hash") === undefined
    ? []
    : HASHED_HOOKS.filter((name) => KERNEL.function(lsmFunction(name)) !== undefined);
/** Those of them that return a decision. */
const DECIDING = HASHED.filter((name) => KERNEL.function(lsmFunction(name))?.type?.returnType.text === "int");

describeWithBpf("the verifier takes programs of policies", () => {
  for (const type of TYPES) {
    test(`type ${type}: posted, and with each operator in a selector of its own`, () => {
      using bench = new Bench();
      // An array is what a tracepoint's record has, and nothing else.
      const targets = type === "const_buf" || type === "data_loc" ? [RAW] : [FUNCTION, CALL, RAW];
      for (const target of targets) {
        bench.load(hook(target, [makeArgument(type)]));
        const operands = OPERANDS[ARGUMENT_TYPES[type].operands];
        if (operands.length === 0) continue;
        const selectors: Selector[] = operands.map((operand) => selector({ 0: operand }));
        bench.load(hook(target, [makeArgument(type)], { selectors }));
        bench.load(hook(target, [makeArgument(type)], { selectors: [selector({ 0: operands })] }));
      }
    });
  }

  test("five arguments that are strings and paths", () => {
    using bench = new Bench();
    const args = (["file", "string", "fd", "dentry", "char_buf"] as const).map((type, index) =>
      makeArgument(type, index),
    );
    bench.load(hook(FUNCTION, args));
    const operands = {
      0: OPERANDS.file[1]!,
      1: OPERANDS.string[2]!,
      2: OPERANDS.file[3]!,
      3: OPERANDS.string[0]!,
    };
    bench.load(
      hook(FUNCTION, args, { selectors: [selector(operands), selector({ 4: OPERANDS.string[1]! })] }),
    );
  });

  test("long buffers: of the caller, of the kernel, that an iterator has, and that the function fills", () => {
    using bench = new Bench();
    const long = (index: number, more: Partial<Argument> = {}) =>
      argument(index, "char_buf", { sizeIndex: 2, isLong: true, ...more });
    const filled = long(1, { isReadAtReturn: true });
    for (const target of [FUNCTION, CALL, RAW]) {
      bench.load(hook(target, [long(1)]));
      bench.load(hook(target, [long(1), argument(0, "iov_iter", { isLong: true })]));
      if (target === RAW) continue;
      bench.load(hook(target, [filled]));
      bench.load(
        hook(target, [long(0), filled, long(2, { isReadAtReturn: true })], {
          selectors: [
            selector({ 0: OPERANDS.string[1]! }),
            selector({}, { returnActions: [{ action: "Signal", signal: 10, isSigkill: false }] }),
          ],
        }),
      );
    }
  });

  test("many policies at one place", () => {
    using bench = new Bench();
    const kill = { action: "Signal", signal: 9, isSigkill: true } as const;
    const limited = {
      action: "Post",
      rateLimit: 60,
      rateLimitScope: "process",
      hasKernelStackTrace: false,
      hasUserStackTrace: false,
      hasImaHash: false,
    } as const;
    const hooks = Array.from({ length: 20 }, (_, number) =>
      hook(FUNCTION, [makeArgument("file"), makeArgument("int", 1)], {
        selectors: [
          selector({
            0: { operator: "Prefix", isNegated: number % 2 === 1, strings: [text(`/srv/${number}/`)] },
          }),
          selector({ 1: OPERANDS.integer[number % 3]! }, { actions: [number % 2 === 0 ? kill : limited] }),
        ],
      }),
    );
    bench.load(...hooks);
  });

  test("paths whose first names may decide, alone and among selectors that ask for other things", () => {
    using bench = new Bench();
    const prefix = (...values: readonly string[]): Operand => ({
      operator: "Prefix",
      isNegated: false,
      strings: values.map(text),
    });
    const many = Array.from({ length: 200 }, (_, number) => `/srv/${number % 40}/${number}/`);
    for (const type of ["fd", "file", "path", "kiocb"] as const) {
      const args = [makeArgument(type), makeArgument("int", 1), makeArgument("string", 2)];
      for (const target of [FUNCTION, CALL, RAW]) {
        for (const values of [["/srv/secret/"], ["/e"], ["/etc/", "/et", "/etc/shadow"], many])
          bench.load(hook(target, args, { selectors: [selector({ 0: prefix(...values) })] }));
        const selectors = [
          selector({ 1: OPERANDS.integer[0]!, 0: prefix("/srv/secret/") }),
          selector({ 0: prefix("/etc/", "/usr/local/lib/") }),
          selector({ 1: OPERANDS.integer[1]!, 2: OPERANDS.string[0]! }),
          selector({ 1: OPERANDS.integer[2]!, 0: prefix("/var/") }),
        ];
        bench.load(hook(target, args, { selectors }));
        bench.load(hook(target, args, { selectors: [...selectors, selector({})] }));
        bench.load(hook(target, args, { selectors: [...selectors].reverse() }));
        bench.load(hook(target, args, { selectors: [selector({ 2: OPERANDS.string[0]! }), selectors[1]!] }));
      }
    }
  });

  test("what a function returns, and what it filled, with conditions and actions at the return", () => {
    using bench = new Bench();
    const selectors = [
      selector(
        { 0: OPERANDS.file[1]! },
        {
          returnConditions: [
            {
              kind: "return",
              at: { line: 1, column: 1 },
              positions: [0],
              operand: { operator: "LT", isNegated: false, integers: [0n] },
            },
          ],
          returnActions: [{ action: "Signal", signal: 10, isSigkill: false }],
        },
      ),
      selector({}, { actions: [{ action: "NoPost" }] }),
    ];
    bench.load(hook(FUNCTION, [makeArgument("file")], { returnValue: returned("int"), selectors }));
    const filled = argument(1, "char_buf", { sizeIndex: 2, isReadAtReturn: true });
    bench.load(hook(CALL, [makeArgument("int"), filled, makeArgument("string", 2)]));
  });

  test("enforcers, and what notifies them", () => {
    using bench = new Bench();
    const actions = [
      { action: "NotifyEnforcer", error: -13, signal: 9 },
      { action: "CleanupEnforcerNotification" },
    ] as const;
    for (const target of [FUNCTION, CALL, RAW])
      bench.load(hook(target, [], { selectors: [selector({}, { actions })] }));
    bench.loadEnforcer({ overrides: false });
    if (haveFeature("fentry").answer === "yes") bench.loadEnforcer({ overrides: true });
  });

  test("sockets that are tracked, and both stacks", () => {
    using bench = new Bench();
    const post = {
      action: "Post",
      rateLimit: 0,
      rateLimitScope: "thread",
      hasKernelStackTrace: true,
      hasUserStackTrace: true,
      hasImaHash: false,
    } as const;
    const track = { action: "TrackSock", position: 0 } as const;
    const stacks = [selector({ 0: OPERANDS.network[1]! }, { actions: [track, post] }), selector({})];
    bench.load(hook(FUNCTION, [makeArgument("sock")], { selectors: stacks }));
    const selectors = [
      selector({}, { actions: [{ ...track, action: "UntrackSock" }, { action: "NoPost" }] }),
    ];
    bench.load(
      hook(FUNCTION, [makeArgument("socket")], {
        selectors,
        returnValue: returned("sock"),
        returnSock: "TrackSock",
      }),
    );
    bench.load(hook(FUNCTION, [makeArgument("int")], { returnValue: returned("cred") }));
  });

  test.skipIf(haveFeature("lsm").answer !== "yes" || HASHED.length === 0)(
    "files that are hashed, at each hook that may wait for it, with a decision and without",
    () => {
      using bench = new Bench();
      const post = {
        action: "Post",
        rateLimit: 0,
        rateLimitScope: "thread",
        hasKernelStackTrace: false,
        hasUserStackTrace: false,
        hasImaHash: true,
      } as const;
      for (const name of HASHED) {
        const type = name.startsWith("bprm_") ? "linux_binprm" : "file";
        const args = [argument(hashedArgument(name)!.index, name === "bprm_creds_from_file" ? "file" : type)];
        const target = { kind: "lsm", name } as const;
        bench.load(hook(target, args, { selectors: [selector({}, { actions: [post] })] }));
        if (DECIDING.includes(name)) {
          const actions = [{ action: "Override", error: -1 } as const, post];
          const selectors = [selector({ 0: OPERANDS.file[1]! }, { actions }), selector({})];
          bench.load(hook(target, args, { selectors }));
        }
      }
    },
  );

  test("every condition on the process, in every order of selectors", () => {
    using bench = new Bench();
    const at = { line: 1, column: 1 };
    const operand = { operator: "EqualString", isNegated: true, strings: [text("/usr/bin/cat")] } as const;
    const conditions: Selector["conditions"] = [
      {
        kind: "pid",
        at,
        isNegated: true,
        pids: [1, 2, 3, 4, 5, 6],
        isNamespacePid: true,
        followsForks: false,
      },
      { kind: "pid", at, isNegated: false, pids: [1], isNamespacePid: false, followsForks: true },
      { kind: "binary", at, of: "process", operand, followsChildren: true },
      {
        kind: "binary",
        at,
        of: "parent",
        operand: { ...operand, operator: "Prefix" },
        followsChildren: false,
      },
      { kind: "namespace", at, isNegated: true, namespace: "Pid", values: ["host", 5] },
      { kind: "namespace-change", at, isNegated: false, namespaces: ["Uts", "Net"] },
      {
        kind: "capability",
        at,
        isNegated: true,
        set: "effective",
        capabilities: 1n << 21n,
        isNamespaceCapability: true,
      },
      {
        kind: "capability-change",
        at,
        isNegated: false,
        set: "permitted",
        capabilities: 1n << 12n,
        isNamespaceCapability: false,
      },
    ];
    const selectors = conditions.map((condition, index) =>
      selector({ 0: OPERANDS.file[index % 3]! }, { conditions: [condition, ...conditions.slice(0, index)] }),
    );
    for (const target of [FUNCTION, CALL, RAW]) {
      bench.load(hook(target, [makeArgument("file")], { selectors }));
      bench.load(hook(target, [makeArgument("file")], { selectors: [selector({}, { conditions })] }));
    }
  });
});
