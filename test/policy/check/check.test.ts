import { describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KernelSymbols } from "../../../src/kernel/symbol/index.ts";
import { readTracepointFormat } from "../../../src/kernel/tracepoint/index.ts";
import { checkPolicies, Kernel, openKernel } from "../../../src/policy/check/index.ts";
import { formatFinding } from "../../../src/policy/document/index.ts";
import { documentOf } from "../document/support.ts";
import { checkSpec, sampleKernel } from "./support.ts";

const PROTOTYPE =
  "int security_path_chown(const struct path *path, kuid_t uid, long unsigned int mask, const char *name)";
const on = (call: string, rest = "") =>
  `kprobes:\n- {call: ${call}, syscall: false${rest === "" ? "" : `, ${rest}`}}\n`;
const chown = (args: string) => on("security_path_chown", `args: [${args}]`);

describe("checkPolicies() takes", () => {
  test.each([
    [
      "a function with arguments of its prototype",
      chown(
        "{index: 0, type: path}, {index: 1, type: uint32}, {index: 2, type: uint64}, {index: 3, type: string}",
      ),
    ],
    ["numbers that are narrower", chown("{index: 2, type: uint32}")],
    ["an address as a number", chown("{index: 0, type: uint64}")],
    ["nop for anything", chown("{index: 0, type: nop}")],
    ["a returned number", on("security_file_open", "return: true, returnArg: {index: 0, type: int}")],
    [
      "members through pointers and anonymous structs",
      on(
        "wake_up_new_task",
        'args: [{index: 0, type: int, resolve: "owner.uid.val"}, {index: 0, type: string, resolve: comm}, {index: 0, type: int, resolve: "sums[3]"}, {index: 0, type: uint8, resolve: flags}]',
      ),
    ],
    [
      "members of the running task, whose types it finds",
      on(
        "security_file_open",
        "data: [{index: 0, source: current_task, resolve: comm}, {index: 1, source: current_task, resolve: pid}]",
      ),
    ],
    [
      "a struct that is named",
      "kprobes: [{call: sys_openat, args: [{index: 0, type: int, resolve: pid, btfType: task_struct}]}]\n",
    ],
    ["a system call", "kprobes: [{call: sys_openat}]\n"],
    [
      "a system call of 32-bit programs",
      'lists: [{name: l, type: syscalls, values: [i386/sys_openat]}]\nkprobes: [{call: "list:l"}]\n',
    ],
    [
      "a raw tracepoint",
      "tracepoints: [{subsystem: sched, event: sched_process_exec, raw: true, args: [{index: 0, type: int, resolve: pid}, {index: 1, type: int}]}]\n",
    ],
  ])("%s", (_, spec) => {
    const { policy, lines } = checkSpec(spec);
    expect(lines).toEqual([]);
    expect(policy).toBeDefined();
  });

  test("the types that the kernel has for members without one", () => {
    const { policy } = checkSpec(
      on(
        "security_file_open",
        "data: [{index: 0, source: current_task, resolve: comm}, {index: 1, source: current_task, resolve: pid}]",
      ),
    );
    expect(policy?.hooks[0]?.data.map(({ type }) => type)).toEqual(["string", "int32"]);
  });

  test("a function that is missing where that is no error, with a warning", () => {
    const { policy, lines } = checkSpec(on("no_such_function", "ignore: {callNotFound: true}"));
    expect(policy).toBeDefined();
    expect(lines).toEqual([
      'p.yaml:7:12: warning: spec.kprobes[0].call: found "no_such_function": this kernel does not have the function: it is left out',
    ]);
  });

  test("a number that is wider than the argument, with a warning", () => {
    const { policy, lines } = checkSpec(chown("{index: 1, type: int64}"));
    expect(policy).toBeDefined();
    expect(lines[0]).toContain(
      `found type int64 for "kuid_t" of 4 bytes: the upper half may be anything: write type int32: the prototype is ${PROTOTYPE}`,
    );
  });

  test("generated lists: what this kernel has", () => {
    const { policy, lines } = checkSpec(
      'lists:\n- {name: a, type: generated_syscalls}\n- {name: b, type: generated_ftrace, pattern: "^security_"}\nkprobes: [{call: "list:a"}, {call: "list:b"}]\n',
    );
    expect(lines).toEqual([]);
    expect(policy?.hooks.map(({ target, index }) => ["name" in target ? target.name : "", index])).toEqual([
      ["openat", 0],
      ["security_file_open", 1],
      ["security_path_chown", 1],
    ]);
  });
});

test("checkPolicies() says what the kernel lacks together with what is wrong with the text, each place once", () => {
  const { lines } = checkSpec(
    "kprobes:\n- {call: security_file_opn, syscall: false}\n- {call: tcp_connect}\n- {call: security_file_open, syscall: false, args: [{index: 2, type: int}], selectors: [{matchArgs: [{index: 2, operator: Equal, values: [1]}]}]}\n",
  );
  expect(lines.map((line) => line.replace(/^p.yaml:(\d+).*?error: (\S+) .*$/, "$1 $2"))).toEqual([
    "7 spec.kprobes[0].call:",
    "8 spec.kprobes[1].call:",
    "9 spec.kprobes[2].args[0]:",
    "9 spec.kprobes[2].selectors[0].matchArgs[0].values[0]:",
  ]);
});

describe("checkPolicies() refuses", () => {
  test.each([
    [
      "a function that is missing, and names one like it",
      on("security_file_opn"),
      'p.yaml:7:12: error: spec.kprobes[0].call: found "security_file_opn", expected a function of this kernel: it has none of that name, or it was inlined: write security_file_open, or ignore: {callNotFound: true} to leave it out',
    ],
    ["a function without its prefix", on("file_open"), "write security_file_open, or"],
    [
      "an index beyond the prototype",
      chown("{index: 4, type: int}"),
      `spec.kprobes[0].args[0]: found index: 4, expected an index from 0 to 3: ${PROTOTYPE}`,
    ],
    [
      "an argument of a function that has none like it",
      on("wake_up_new_task", "args: [{index: 1, type: int}]"),
      "expected an index from 0 to 0: void wake_up_new_task(struct task_struct *p)",
    ],
    [
      "a type for another struct",
      chown("{index: 0, type: file}"),
      `found type file for "const struct path *", expected a pointer to struct file for that type: the prototype is ${PROTOTYPE}`,
    ],
    [
      "a string for a struct",
      chown("{index: 0, type: string}"),
      "expected a pointer to characters for that type",
    ],
    ["a number for a pointer", chown("{index: 0, type: int}"), "expected a number for that type"],
    ["a file for a number", chown("{index: 2, type: file}"), "expected a pointer to struct file"],
    [
      "a value of a function that returns none",
      on("wake_up_new_task", "return: true, returnArg: {index: 0, type: int}"),
      'spec.kprobes[0].returnArg: found type int for "void", expected a value for that type',
    ],
    [
      "a member that is missing, and names one like it",
      on("wake_up_new_task", "args: [{index: 0, type: string, resolve: comn}]"),
      "found resolve with the member comn, which struct task_struct does not have, expected members of this kernel's types: write comm",
    ],
    [
      "an element beyond the array",
      on("wake_up_new_task", 'args: [{index: 0, type: int, resolve: "sums[4]"}]'),
      "found resolve with [4] in an array of 4",
    ],
    [
      "a register that the machine does not have",
      on("wake_up_new_task", "data: [{index: 0, type: int, source: pt_regs, resolve: rbq}]"),
      'spec.kprobes[0].data[0]: found "rbq", expected the name of a register of x64, such as rax or eax',
    ],
    [
      "a member of a number",
      on("wake_up_new_task", "args: [{index: 0, type: int, resolve: pid.x}]"),
      "found resolve with the member x of what is no struct",
    ],
    [
      "a type that the way does not lead to",
      on("wake_up_new_task", "args: [{index: 0, type: file, resolve: owner}]"),
      'found type file for "struct cred *", which resolve leads to, expected a pointer to struct file',
    ],
    [
      "resolve at a system call",
      "kprobes: [{call: sys_openat, args: [{index: 0, type: int, resolve: pid}]}]\n",
      "found resolve at a system call, expected btfType",
    ],
    [
      "a struct that is missing",
      "kprobes: [{call: sys_openat, args: [{index: 0, type: int, resolve: pid, btfType: tsk}]}]\n",
      "found btfType: tsk, expected a struct of this kernel",
    ],
    [
      "an argument that a system call lacks",
      "kprobes: [{call: sys_openat, args: [{index: 4, type: int}]}]\n",
      "spec.kprobes[0].args[0]: found index: 4, expected an index from 0 to 3: the system call is openat(int dfd, const char* filename, int flags, umode_t mode)",
    ],
    [
      "a type that an argument of a system call cannot be",
      "kprobes: [{call: sys_openat, args: [{index: 0, type: string}]}]\n",
      'found type string for "int", expected a pointer to characters for that type: the prototype is openat(int dfd, const char* filename, int flags, umode_t mode)',
    ],
    [
      "a raw tracepoint that is missing",
      "tracepoints: [{subsystem: sched, event: nope, raw: true}]\n",
      'spec.tracepoints[0].event: found "nope", expected a raw tracepoint of this kernel',
    ],
    [
      "an argument that a raw tracepoint lacks",
      "tracepoints: [{subsystem: sched, event: sched_process_exec, raw: true, args: [{index: 2, type: int}]}]\n",
      "expected an index from 0 to 1: sched_process_exec(struct task_struct *, int)",
    ],
    [
      "a pattern that nothing matches",
      'lists: [{name: b, type: generated_ftrace, pattern: "^zzz"}]\n',
      'found "^zzz", expected a pattern that some function of this kernel matches',
    ],
  ])("%s", (_, spec, line) => {
    const { policy, lines } = checkSpec(spec);
    expect(lines.filter((each) => each.includes(line))).toHaveLength(1);
    expect(policy).toBeUndefined();
  });
});

test("checkPolicies() says what cannot be known of a kernel that does not run here", () => {
  const { policy, lines } = checkSpec(
    "tracepoints: [{subsystem: signal, event: signal_generate, args: [{index: 4, type: int}]}]\n",
  );
  expect(policy).toBeDefined();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(
    'warning: spec.tracepoints[0].event: found "signal/signal_generate": the fields are not checked: types alone do not tell',
  );
});

describe("checkPolicies() and Override of a system call", () => {
  const spec =
    "kprobes: [{call: sys_openat, selectors: [{matchActions: [{action: Override, argError: -1}]}]}]\n";
  const findingsOf = (built?: string) => {
    const options = new Map(built === undefined ? [] : [["CONFIG_BPF_KPROBE_OVERRIDE", built]]);
    const kernel = new Kernel({
      btf: sampleKernel().btf,
      isRunning: false,
      machine: "x64",
      ...(built === undefined ? {} : { buildOptions: () => options }),
    });
    return checkPolicies(documentOf(spec), { file: "p.yaml", kernel }).findings.map(formatFinding);
  };

  test("take it where the kernel is built for it, and where nobody knows", () => {
    expect(findingsOf("y")).toEqual([]);
    expect(findingsOf()).toEqual([]);
  });

  test("refuse it where it is not, with what works instead", () => {
    expect(findingsOf("n")).toEqual([
      "p.yaml:6:20: error: spec.kprobes[0].call: found Override of a system call, expected a kernel that is built for it: this one is without CONFIG_BPF_KPROBE_OVERRIDE: hook a security_ function that the call asks, which can be overridden, or write Sigkill",
    ]);
  });
});

describe("checkPolicies() and enforcers", () => {
  const findingsOf = (calls: string, action: string, more = "") => {
    const spec = `${more}enforcers: [{calls: [${calls}]}]\nkprobes: [{call: sys_openat, selectors: [{matchActions: [{action: NotifyEnforcer, ${action}}]}]}]\n`;
    const buildOptions = () => new Map([["CONFIG_BPF_KPROBE_OVERRIDE", "n"]]);
    const kernel = new Kernel({
      ...{ btf: sampleKernel().btf, isRunning: false, machine: "x64" as const },
      buildOptions,
    });
    return checkPolicies(documentOf(spec), { file: "p.yaml", kernel }).findings.map(formatFinding);
  };

  test("take what the kernel has and can override", () => {
    expect(findingsOf("security_file_open", "argError: -1")).toEqual([]);
    expect(findingsOf("sys_openat", "argSig: 9")).toEqual([]);
  });

  test("refuse an error of a system call that the kernel cannot return, unless it is told how", () => {
    expect(findingsOf("security_file_open, sys_openat", "argError: -1, argSig: 9")).toEqual([
      "p.yaml:6:44: error: spec.enforcers[0].calls[1]: found the enforcer of sys_openat, expected a kernel that is built to override system calls: this one is without CONFIG_BPF_KPROBE_OVERRIDE: enforce at a security_ function that the call asks, or notify with argSig alone",
    ]);
    const told = "options: [{name: override-method, value: fmod-ret}]\n";
    expect(findingsOf("sys_openat", "argError: -1", told)).toEqual([]);
  });

  test("refuse a function that the kernel does not have", () => {
    expect(findingsOf("security_file_shut", "argError: -1")).toEqual([
      'p.yaml:6:24: error: spec.enforcers[0].calls[0]: found "security_file_shut", expected a function of this kernel: it has no security_file_shut',
    ]);
  });
});

test("checkPolicies() says which functions the compiler has made of one beside it, where it is asked to look", () => {
  const file = join(mkdtempSync(join(tmpdir(), "tetrad-")), "kallsyms");
  const lines = [
    "0000000000000000 t security_path_chown",
    "0000000000000000 t security_path_chown.constprop.0",
    "0000000000000000 t security_path_chown.isra.0.cold",
    "0000000000000000 t security_path_chown.part.0\t[module]",
    "0000000000000000 t security_path_chowned.isra.0",
    "0000000000000000 d security_path_chown.constprop.9",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const findingsOf = (looksForTwins: boolean) => {
    const symbols = new KernelSymbols(file);
    const kernel = new Kernel({ btf: sampleKernel().btf, isRunning: false, machine: "x64", symbols });
    kernel.looksForTwins = looksForTwins;
    const { policies, findings } = checkPolicies(documentOf(chown("{index: 0, type: path}")), {
      file: "p.yaml",
      kernel,
    });
    expect(policies).toHaveLength(1);
    return findings.map(formatFinding);
  };
  expect(findingsOf(false)).toEqual([]);
  expect(findingsOf(true)).toEqual([
    'p.yaml:7:12: warning: spec.kprobes[0].call: found "security_path_chown": the compiler also made security_path_chown.constprop.0 and security_path_chown.part.0 of it: calls of these are not seen',
  ]);
});

describe("checkPolicies() on the running kernel", () => {
  const kernel = openKernel("", process.arch === "arm64" ? "arm64" : "x64");
  const check = (spec: string) => checkPolicies(documentOf(spec), { file: "p.yaml", kernel });
  const exec = (args: string) =>
    `tracepoints: [{subsystem: sched, event: sched_process_exec, args: [${args}]}]\n`;
  /** Those of a kernel that shows its tracepoints. */
  const hasFormats = readTracepointFormat("sched", "sched_process_exec") !== "unreadable";

  test.each([
    ["kprobes: [{call: sys_nosuch}]\n", 'found "sys_nosuch", expected a system call of this kernel'],
    ["kprobes: [{call: security_no_such, syscall: false}]\n", "expected a function of this kernel"],
    [
      "tracepoints: [{subsystem: foo, event: bar, raw: true}]\n",
      'found "bar", expected a raw tracepoint of this kernel',
    ],
  ])("refuses %s", (spec, words) => {
    const { policies, findings } = check(spec);
    expect(policies).toEqual([]);
    expect(findings.map(formatFinding).filter((line) => line.includes(words))).toHaveLength(1);
  });

  test.skipIf(!hasFormats).each([
    [
      "tracepoints: [{subsystem: foo, event: bar}]\n",
      'found "foo/bar", expected a tracepoint of this kernel',
    ],
    [
      "tracepoints: [{subsystem: sched, event: sched_process_exc}]\n",
      "as in /sys/kernel/tracing/events: write subsystem: sched, event: sched_process_exec",
    ],
    [
      "tracepoints: [{subsystem: task, event: sched_process_exec}]\n",
      "as in /sys/kernel/tracing/events: write subsystem: sched, event: sched_process_exec",
    ],
    [
      "tracepoints: [{subsystem: syscalls, event: sys_enter_openat, args: [{index: 1, type: string}]}]\n",
      "or an array of characters for that type: write index: 6: syscalls/sys_enter_openat has 4",
    ],
    [
      exec("{index: 99, type: int}"),
      "found index: 99, expected a field from 0 to 6: sched/sched_process_exec has 4",
    ],
    [exec("{index: 4, type: int}"), "expected a number for that type: sched/sched_process_exec has 4"],
    [
      "tracepoints: [{subsystem: syscalls, event: sys_enter_unlinkat, args: [{index: 6}]}]\n",
      "args[0]: found no type, expected a type",
    ],
  ])("refuses %s", (spec, words) => {
    const { policies, findings } = check(spec);
    expect(policies).toEqual([]);
    expect(findings.map(formatFinding).filter((line) => line.includes(words))).toHaveLength(1);
  });

  test.skipIf(!hasFormats)("finds the type of a field that has a type of C", () => {
    const { policies, findings } = check(exec("{index: 5}"));
    expect(findings).toEqual([]);
    expect(policies[0]?.hooks[0]?.args.map(({ type }) => type)).toEqual(["int32"]);
  });
});

test("checkPolicies() looks for names alike of the first mistakes only, and goes no further than what it says", () => {
  const kernel = sampleKernel();
  using names = spyOn(kernel, "functionNames");
  using asked = spyOn(kernel, "function");
  const values = Array.from({ length: 1000 }, (_, i) => `security_file_opn${i}`).join(", ");
  const text = documentOf(`lists: [{name: a, values: [${values}]}]\nkprobes: [{call: "list:a"}]\n`);
  const { policies, findings } = checkPolicies(text, { file: "p.yaml", kernel });
  expect(policies).toEqual([]);
  expect(findings).toHaveLength(200);
  expect(names.mock.calls.length).toBeLessThanOrEqual(8);
  expect(asked.mock.calls.length).toBe(200);
});

describe("checkPolicies() says what the kernel has against a policy", () => {
  const bad = (args: string) =>
    `kprobes:\n- {call: security_file_open, syscall: false, args: [${args}]}\n- {call: no_such_function, syscall: false}\n`;

  test("whose text is wrong, too, in the same hook and in others, and loads none of it", () => {
    const { policy, lines } = checkSpec(
      bad("{index: 0, type: bogus}, {index: 1, type: int}, {index: 0, type: sock}"),
    );
    expect(policy).toBeUndefined();
    expect(lines.map((line) => line.replace(/: found.*/, ""))).toEqual([
      "p.yaml:7:72: error: spec.kprobes[0].args[0].type",
      "p.yaml:7:80: error: spec.kprobes[0].args[1]",
      "p.yaml:7:103: error: spec.kprobes[0].args[2]",
      "p.yaml:8:12: error: spec.kprobes[1].call",
    ]);
  });

  test("that this version cannot load, too", () => {
    const { policy, lines } = checkSpec(
      "kprobes:\n- {call: security_file_open, syscall: false, args: [{index: 3, type: int}]}\nloader: true\n",
    );
    expect(policy).toBeUndefined();
    expect(lines.map((line) => /: (error|warning|unsupported): /.exec(line)?.[1])).toEqual([
      "error",
      "unsupported",
    ]);
  });
});

test("checkPolicies() says of argv as a string where the arguments of a program are found", () => {
  const { lines } = checkSpec("kprobes: [{call: sys_execve, args: [{index: 1, type: string}]}]\n");
  expect(lines.join("\n")).toContain(
    "const char*const* envp): leave it out, no type reads a list of texts; those of a new program are in its process_exec event",
  );
});

test.each([
  ["{index: 0, type: string}", "write type path"],
  ["{index: 3, type: int}", "write type string"],
])("checkPolicies() says for the argument %s: %s", (argument, cure) => {
  const { lines } = checkSpec(chown(argument));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEndWith(`${PROTOTYPE}: ${cure}`);
});
