/** Documents that Tetragon refuses, and some that it takes: what each gets here. */
import { describe, expect, test } from "bun:test";
import { type KernelFacts, readPolicies } from "../../../src/policy/document/index.ts";
import { documentOf, kprobe, readSpec, readText } from "./support.ts";

const FILE = "{index: 0, type: file}";
const INT = "{index: 0, type: int}";
const filter = (text: string, args = INT) => kprobe(args, `matchArgs: [{${text}}]`);
const action = (text: string) => kprobe(FILE, `matchActions: [{${text}}]`);
const hook = (text: string) => `kprobes:\n- {call: tcp_connect, syscall: false, ${text}}\n`;
const many = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join(", ");

const REFUSED: readonly (readonly [title: string, spec: string, line: string])[] = [
  [
    "an unknown field in a hook",
    hook("foo: 1"),
    'spec.kprobes[0]: found the key "foo", expected call, syscall, args',
  ],
  ["an unknown field in spec", "foo: 1\n", 'spec: found the key "foo", expected kprobes, fentries'],
  [
    "the operator Contains",
    filter('index: 0, operator: Contains, values: ["a"]', "{index: 0, type: string}"),
    "write SubString",
  ],
  ["the operator eq", filter('index: 0, operator: eq, values: ["1"]'), "write Equal"],
  [
    "the type foo",
    hook("args: [{index: 0, type: foo}]"),
    'args[0].type: found "foo", expected one of auto, int',
  ],
  [
    "an argument without type",
    hook("args: [{index: 0}]"),
    "spec.kprobes[0].args[0]: found no type, expected a type, such as int, string or file",
  ],
  [
    "type auto at a kprobe",
    hook("args: [{index: 0, type: auto}]"),
    "spec.kprobes[0].args[0].type: found type: auto, expected a type",
  ],
  [
    "a system call with syscall: false",
    "kprobes:\n- {call: sys_read, syscall: false}\n",
    "write syscall: true",
  ],
  [
    "six arguments",
    hook(`args: [${many(6, (i) => `{index: ${i % 5}, type: int}`)}]`),
    "found 6 arguments, expected at most 5 together",
  ],
  [
    "five arguments and a datum",
    hook(
      `args: [${many(5, (i) => `{index: ${i}, type: int}`)}], data: [{index: 0, type: string, source: current_task, resolve: comm}]`,
    ),
    "found 5 arguments and 1 data, expected at most 5 together",
  ],
  [
    "index 5",
    hook("args: [{index: 5, type: int}]"),
    "args[0].index: found 5, expected a position from 0 to 4",
  ],
  [
    "a negative index",
    hook("args: [{index: -1, type: int}]"),
    "found the number -1, expected a number from 0 to 4294967295",
  ],
  [
    "Equal without values",
    filter("index: 0, operator: Equal"),
    "found Equal without values, expected values: what it is compared with: it can never match",
  ],
  ["NotEqual with an empty list", filter("index: 0, operator: NotEqual, values: []"), "it would always hold"],
  [
    "Prefix on an int",
    filter('index: 0, operator: Prefix, values: ["x"]'),
    'operator: found "Prefix", expected Equal, NotEqual',
  ],
  [
    "an index that args lacks",
    filter('index: 3, operator: Equal, values: ["1"]'),
    "expected an index that args has: 0",
  ],
  [
    "a position that args lacks",
    filter('args: [1], operator: Equal, values: ["1"]'),
    "matchArgs[0].args[0]: found 1, expected a position in args, from 0 to 0: it can never match",
  ],
  [
    "a word for an int",
    filter('index: 0, operator: Equal, values: ["x"]'),
    'values[0]: found "x", expected a number (int)',
  ],
  [
    "a number without quotes",
    filter("index: 0, operator: Equal, values: [1]"),
    'values[0]: found the number 1, expected a text: write it in quotes: "1"',
  ],
  [
    "true without quotes",
    filter("index: 0, operator: Equal, values: [true]"),
    "found the boolean true, expected a text",
  ],
  ["1e3 without quotes", filter("index: 0, operator: Equal, values: [1e3]"), 'write it in quotes: "1e3"'],
  ["0x10 without quotes", filter("index: 0, operator: Equal, values: [0x10]"), 'write it in quotes: "0x10"'],
  [
    "DPort on sockaddr",
    filter('index: 0, operator: DPort, values: ["1"]', "{index: 0, type: sockaddr}"),
    "write SPort",
  ],
  [
    "Equal on sock",
    filter('index: 0, operator: Equal, values: ["1"]', "{index: 0, type: sock}"),
    "write DAddr",
  ],
  [
    "Equal on capability",
    filter('index: 0, operator: Equal, values: ["1"]', "{index: 0, type: capability}"),
    "values of type capability are only printed",
  ],
  ["DPort on an int", filter('index: 0, operator: DPort, values: ["1"]'), "which work on type int"],
  [
    "33 bits of an IPv4 address",
    filter("index: 0, operator: DAddr, values: [10.0.0.0/33]", "{index: 0, type: sock}"),
    "expected 0 to 32 bits behind the slash of an IPv4 address",
  ],
  [
    "Protocol tcp",
    filter("index: 0, operator: Protocol, values: [tcp]", "{index: 0, type: sock}"),
    "write IPPROTO_TCP",
  ],
  [
    "CapabilitiesGained with one argument",
    filter("args: [0], operator: CapabilitiesGained", "{index: 0, type: cap_effective}"),
    "found one argument, expected two: args: [old, new]",
  ],
  [
    "FileType regularfile",
    filter("index: 0, operator: FileType, values: [regularfile]", FILE),
    "write regular",
  ],
  [
    "a binary of 256 characters",
    kprobe(FILE, `matchBinaries: [{operator: In, values: [/${"a".repeat(255)}]}]`),
    "found 256 bytes, expected at most 255 bytes with Equal",
  ],
  [
    "followChildren with Prefix",
    kprobe(FILE, "matchBinaries: [{operator: Prefix, values: [/usr/], followChildren: true}]"),
    "found followChildren with Prefix, expected In or NotIn with it",
  ],
  [
    "the namespace value host",
    kprobe(FILE, "matchNamespaces: [{namespace: Pid, operator: In, values: [host]}]"),
    "write host_ns",
  ],
  [
    "CAP_FOO",
    kprobe(FILE, "matchCapabilities: [{operator: In, values: [CAP_FOO]}]"),
    'values[0]: found "CAP_FOO", expected a capability',
  ],
  ["the action Kill", action("action: Kill"), "write Sigkill"],
  ["rateLimit with Sigkill", action("action: Sigkill, rateLimit: 1m"), "expected it with Post only"],
  [
    "rateLimit 1d",
    action("action: Post, rateLimit: 1d"),
    'found "1d", expected a time in which the same event is not posted again',
  ],
  [
    "rateLimitScope pod",
    action("action: Post, rateLimit: 1m, rateLimitScope: pod"),
    "expected one of thread, process, global",
  ],
  [
    "a stack trace with Sigkill",
    action("action: Sigkill, kernelStackTrace: true"),
    "found kernelStackTrace with Sigkill",
  ],
  [
    "Override of a plain function",
    hook("selectors: [{matchActions: [{action: Override, argError: -1}]}]"),
    "found Override of tcp_connect, expected a system call, or a function that begins with security_",
  ],
  ["Signal without a number", action("action: Signal"), "found Signal without argSig"],
  ["return without returnArg", hook("return: true"), "found return: true without returnArg"],
  [
    "matchReturnArgs without return",
    kprobe(FILE, 'matchReturnArgs: [{index: 0, operator: Equal, values: ["0"]}]'),
    "expected return: true and returnArg with it",
  ],
  ["a message of one byte", hook("message: a"), "found one character, expected at least 2"],
  ["a tag of one byte", hook("tags: [a]"), "tags[0]: found one character, expected at least 2"],
  ["17 tags", hook(`tags: [${many(17, (i) => `tag${i}`)}]`), "found 17 tags, expected at most 16"],
  ["an unknown list", "kprobes:\n- call: list:none\n", 'found the list "none", expected one of spec.lists'],
  [
    "a list type foo",
    "lists: [{name: l, type: foo, values: [a]}]\n",
    "expected one of syscalls, generated_syscalls, generated_ftrace",
  ],
  [
    "a generated list with values",
    "lists: [{name: l, type: generated_syscalls, values: [a]}]\n",
    "found values, expected none",
  ],
  ["generated_ftrace without pattern", "lists: [{name: l, type: generated_ftrace}]\n", "found no pattern"],
  ["an unknown option", "options: [{name: polcy-mode, value: monitor}]\n", "write policy-mode"],
  [
    "the mode audit",
    "options: [{name: policy-mode, value: audit}]\n",
    'found "audit", expected enforce or monitor',
  ],
  [
    "the boolean yes",
    'options: [{name: disable-kprobe-multi, value: "yes"}]\n',
    'found "yes", expected "true" or "false"',
  ],
  [
    "an unknown macro",
    kprobe(FILE, "macros: [m]"),
    'found the macro "m", expected one of spec.selectorsMacros',
  ],
  [
    "a field in a macro and the selector",
    `selectorsMacros: {m: {matchPIDs: [{operator: In, values: [1]}]}}\n${kprobe(FILE, "{macros: [m], matchPIDs: [{operator: In, values: [2]}]}")}`,
    'found matchPIDs in the macro "m"',
  ],
  [
    "labels in hostSelector",
    "hostSelector: {matchLabels: {a: b}}\n",
    "expected {}, for all processes of the host",
  ],
  ["GetUrl of nothing", action("action: GetUrl"), "found GetUrl without argUrl"],
  [
    "GetUrl of a file",
    action('action: GetUrl, argUrl: "file:///etc/passwd"'),
    "expected argUrl: an address that begins with http:// or https://",
  ],
  [
    "a name that no host can have",
    action('action: DnsLookup, argFqdn: "a..b"'),
    'found "a..b", expected argFqdn: the name of a host',
  ],
  ["an LSM hook by its function", "lsmhooks: [{hook: security_file_open}]\n", "write file_open"],
  ["an LSM hook by its program", "lsmhooks: [{hook: bpf_lsm_file_open}]\n", "write file_open"],
  [
    "a loader for some pods",
    "loader: true\npodSelector: {matchLabels: {a: b}}\n",
    "found podSelector beside loader: true",
  ],
  [
    "a notice to no enforcer",
    action("action: NotifyEnforcer, argError: -1"),
    "found NotifyEnforcer without enforcers, expected spec.enforcers",
  ],
  [
    "a notice that says nothing",
    `enforcers: [{calls: [sys_dup]}]\n${action("action: NotifyEnforcer, argSig: 0")}`,
    "found NotifyEnforcer without argError and argSig",
  ],
  [
    "a positive error of an enforcer",
    `enforcers: [{calls: [sys_dup]}]\n${action("action: NotifyEnforcer, argError: 13")}`,
    "write -13",
  ],
  [
    "a signal that there is not",
    `enforcers: [{calls: [sys_dup]}]\n${action("action: NotifyEnforcer, argSig: 65")}`,
    "found argSig: 65, expected the number of a signal",
  ],
  [
    "an enforcer of another function",
    `enforcers: [{calls: [tcp_connect]}]\n${action("action: NotifyEnforcer, argSig: 9")}`,
    'found "tcp_connect", expected a system call, such as sys_dup, or a function that begins with security_',
  ],
  [
    "an enforcer of a list that there is not",
    `enforcers: [{calls: ["list:none"]}]\n${action("action: NotifyEnforcer, argSig: 9")}`,
    'found the list "none", expected one of spec.lists',
  ],
  [
    "an enforcer of nothing",
    `enforcers: [{calls: []}]\n${action("action: NotifyEnforcer, argSig: 9")}`,
    "found an enforcer without calls",
  ],
  [
    "a raw tracepoint's argument without type",
    "tracepoints: [{subsystem: sched, event: sched_process_exec, raw: true, args: [{index: 0}]}]\n",
    "a raw tracepoint has no other way to know it",
  ],
  [
    "a type that fields do not have",
    "tracepoints: [{subsystem: s, event: e, args: [{index: 5, type: cred}]}]\n",
    "expected a type that fields of tracepoints have",
  ],
  [
    "matchReturnArgs of an LSM hook",
    'lsmhooks: [{hook: file_open, selectors: [{matchReturnArgs: [{index: 0, operator: Equal, values: ["0"]}]}]}]\n',
    "expected none at an LSM hook",
  ],
  [
    "GetUrl of an LSM hook",
    "lsmhooks: [{hook: file_open, selectors: [{matchActions: [{action: GetUrl, argUrl: x}]}]}]\n",
    "expected Post, NoPost, Sigkill, Signal or Override at an LSM hook",
  ],
  [
    "a positive error of an LSM hook",
    "lsmhooks: [{hook: file_open, selectors: [{matchActions: [{action: Override, argError: 5}]}]}]\n",
    "write -5",
  ],
  [
    "eleven steps of resolve",
    hook('args: [{index: 0, type: int, resolve: "a.b.c.d.e.f.g.h.i.j.k"}]'),
    "found 11 steps, expected at most 10",
  ],
  [
    "Sigkill of an fentry",
    "fentries: [{call: x, syscall: false, selectors: [{matchActions: [{action: Sigkill}]}]}]\n",
    "expected Post or NoPost at an fentry",
  ],
  [
    "a negative value of an unsigned type",
    filter('index: 0, operator: Equal, values: ["-1"]', "{index: 0, type: uint32}"),
    "expected a number from 0 to 4294967295 (uint32): write 4294967295, which has the same bits",
  ],
  [
    "a value that the type cannot have",
    filter('index: 0, operator: Equal, values: ["300"]', "{index: 0, type: int8}"),
    "expected a number from -128 to 127 (int8): it can never match",
  ],
  [
    "LT 0 of an unsigned type",
    filter('index: 0, operator: LT, values: ["0"]', "{index: 0, type: uint64}"),
    "it can never match: no uint64 is less",
  ],
  ["Mask 0", filter('index: 0, operator: Mask, values: ["0"]'), "it can never match"],
  ["a range the wrong way round", filter('index: 0, operator: InRange, values: ["9:3"]'), "write 3:9"],
  [
    "CEL that compares numbers of two types",
    filter('operator: CelExpr, values: ["arg0 > 5"]'),
    'found "arg0 > 5", expected an expression of CEL over integers of one type',
  ],
  [
    "CEL over an argument that there is not",
    filter('operator: CelExpr, values: ["arg1 == 5"]'),
    "found arg1, expected arguments by their position in args",
  ],
  [
    "CEL over a string",
    filter('operator: CelExpr, values: ["arg0 == 5"]', "{index: 0, type: string}"),
    "found arg0 of type string",
  ],
  [
    "a pattern that is none",
    'lists: [{name: l, type: generated_ftrace, pattern: "("}]\n',
    'found "(", expected a regular expression, as RE2 has them',
  ],
  ["an action that is no mapping", kprobe(FILE, "matchActions: [Sigkill]"), "write {action: Sigkill}"],
  [
    "a hook that is no list item",
    "kprobes: {call: sys_read}\n",
    'found a mapping, expected a list: begin it with "- "',
  ],
  [
    "an error by its name",
    action("action: Override, argError: EPERM"),
    'found "EPERM", expected a number from -2147483648 to 2147483647: write -1',
  ],
  ["a signal by its name", action("action: Signal, argSig: SIGTERM"), "write 15"],
  [
    "labels beside matchLabels",
    "podSelector: {app: x}\n",
    "write labels below matchLabels: {matchLabels: {...}}",
  ],
  [
    "keys that do not line up",
    "kprobes:\n- call: sys_read\n    syscall: true\n",
    "keys of one mapping begin in one column",
  ],
  [
    "no PIDs",
    kprobe(FILE, "matchPIDs: [{operator: NotIn, values: []}]"),
    "found no values, expected at least one: the filter would always hold",
  ],
  [
    "data without source",
    hook("data: [{index: 0, type: int, resolve: pid}]"),
    "found no source, expected source: current_task or pt_regs in data",
  ],
];

const ACCEPTED: readonly (readonly [title: string, spec: string])[] = [
  ["an empty spec", "{}\n"],
  ["an LSM hook", "lsmhooks: [{hook: file_open, args: [{index: 0, type: file}]}]\n"],
  ["an fentry", "fentries: [{call: x, syscall: false}]\n"],
  ["a loader", "loader: true\n"],
  [
    "more than four values of Equal",
    filter(`index: 0, operator: Equal, values: [${many(9, (i) => `"${i}"`)}]`),
  ],
  [
    "six selectors",
    `kprobes:\n- {call: x, syscall: false, selectors: [${many(6, (i) => `{matchPIDs: [{operator: In, values: [${i}]}]}`)}]}\n`,
  ],
  [
    "six filters",
    kprobe(INT, `matchArgs: [${many(6, (i) => `{index: 0, operator: NotEqual, values: ["${i}"]}`)}]`),
  ],
  [
    "two matchBinaries",
    kprobe(INT, "matchBinaries: [{operator: NotIn, values: [/a]}, {operator: Prefix, values: [/b]}]"),
  ],
  [
    "five namespaces",
    kprobe(INT, `matchNamespaces: [{namespace: Pid, operator: In, values: [${many(5, (i) => `"${i}"`)}]}]`),
  ],
  [
    "two matchNamespaceChanges",
    kprobe(INT, "matchNamespaceChanges: [{operator: In, values: [Pid]}, {operator: In, values: [Net]}]"),
  ],
  [
    "four actions",
    kprobe(
      INT,
      "matchActions: [{action: Post}, {action: Signal, argSig: 10}, {action: Sigkill}, {action: NoPost}]",
    ),
  ],
  [
    "capabilities by name on a set",
    filter(
      'index: 0, operator: Equal, values: ["CAP_NET_RAW,CAP_SYS_ADMIN"]',
      "{index: 0, type: cap_effective}",
    ),
  ],
  [
    "DAC_OVERRIDE with and without CAP_",
    kprobe(INT, "matchCapabilities: [{operator: In, values: [CAP_DAC_OVERRIDE, DAC_OVERRIDE]}]"),
  ],
  ["a function twice", "kprobes:\n- {call: x, syscall: false}\n- {call: x, syscall: false}\n"],
  ["hostSelector: {}", "hostSelector: {}\n"],
  ["matchWorkloads", kprobe(INT, "matchWorkloads: {podSelector: {matchLabels: {app: a}}}")],
  ["ignore.callNotFound", "kprobes: [{call: x, syscall: false, ignore: {callNotFound: true}}]\n"],
  [
    "Override of a security function",
    kprobe(FILE, "matchActions: [{action: Override, argError: -13}, {action: NoPost}]"),
  ],
  [
    "SubString with two values",
    filter("index: 0, operator: SubString, values: [a, b]", "{index: 0, type: string}"),
  ],
  ["Equal on filename", filter('index: 0, operator: Equal, values: ["/a"]', "{index: 0, type: filename}")],
  ["matchParentBinaries", kprobe(INT, "matchParentBinaries: [{operator: In, values: [/usr/bin/a]}]")],
  ["podSelector", "podSelector: {matchLabels: {app: a}}\n"],
  ["JSON", '{"kprobes": [{"call": "sys_read", "args": [{"index": 0, "type": "int"}]}]}\n'],
];

describe("A document is refused with", () => {
  test.each(REFUSED)("%s", (_, spec, line) => {
    const { policy, lines, findings } = readSpec(spec);
    expect(lines.filter((each) => each.includes(line))).toHaveLength(1);
    expect(policy).toBeUndefined();
    expect(findings.some(({ severity, kind }) => severity === "error" && kind === "mistake")).toBe(true);
  });

  test.each(["Bad_Name", "-a", "a..b", "ä"])("the name %j", (name) => {
    const { policy, lines } = readText(documentOf("{}").replace("name: test", `name: ${name}`));
    expect(policy).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(
      `p.yaml:4:9: error: metadata.name: found ${JSON.stringify(name)}, expected lower case letters`,
    );
  });

  test("a name that YAML 1.1 takes for a boolean", () => {
    const { lines } = readText(documentOf("{}").replace("name: test", "name: y"));
    expect(lines).toEqual([
      'p.yaml:4:9: error: metadata.name: found y, which is a boolean in YAML, expected a text: write it in quotes: "y"',
    ]);
  });

  test("a hostSelector in a namespaced policy", () => {
    const text = documentOf("hostSelector: {}")
      .replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced")
      .replace("name: test", "name: test\n  namespace: a");
    expect(readText(text).lines[0]).toContain("found hostSelector in a namespaced policy");
  });

  test("an argument of a tracepoint whose type the format does not tell", () => {
    const facts: KernelFacts = {
      systemCalls: () => [],
      functionsMatching: () => [],
      fieldType: (_, field) => (field === 4 ? "int32" : undefined),
      resolvedType: () => undefined,
    };
    const { policy, lines } = readSpec(
      "tracepoints: [{subsystem: a, event: b, args: [{index: 4}, {index: 5}]}]\n",
      facts,
    );
    expect(policy).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("spec.tracepoints[0].args[1]: found no type");
  });
});

describe("A document is accepted with", () => {
  test.each(ACCEPTED)("%s", (_, spec) => {
    const { policy, lines } = readSpec(spec);
    expect(lines).toEqual([]);
    expect(policy).toBeDefined();
  });

  test("hooks of two sections, with a warning", () => {
    const { policy, lines } = readSpec(
      "kprobes: [{call: sys_read}]\ntracepoints: [{subsystem: a, event: b}]\n",
    );
    expect(policy?.hooks.map(({ section }) => section)).toEqual(["kprobes", "tracepoints"]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("warning: spec.tracepoints: found kprobes and tracepoints in one policy");
  });
});

test.each([
  "uprobes: [{path: /bin/sh, symbols: [main], selectors: [{matchActions: [{action: Override, argNewSymbol: x}]}]}]",
])("%s is right, but nothing of its policy is loaded", (spec) => {
  const { policy, lines, findings } = readSpec(`${spec}\n`);
  expect(policy).toBeUndefined();
  expect(findings.map(({ kind }) => kind)).toEqual(["unsupported"]);
  expect(lines[0]).toContain(": unsupported: spec.");
});

test("A policy of which the kernel decides a part is not given away without it", () => {
  const spec =
    'tracepoints: [{subsystem: a, event: b, args: [{index: 4}], selectors: [{matchArgs: [{index: 4, operator: Equal, values: ["1"]}]}]}]\n';
  const { policies, open, findings } = readPolicies(documentOf(spec), { file: "p.yaml" });
  expect({ policies, open, findings }).toEqual({ policies: [], open: ["test"], findings: [] });
  const lists = 'lists: [{name: l, type: generated_syscalls}]\nkprobes: [{call: "list:l"}]\n';
  expect(readPolicies(documentOf(lists), { file: "p.yaml" })).toMatchObject({ policies: [], open: ["test"] });
});

test.each(["argNewSymbol: hello2", 'argRegs: ["rax=1"]'])(
  "Override of a program's function with %s is missing no errno",
  (how) => {
    const { lines } = readSpec(
      `uprobes: [{path: /bin/replace, symbols: [hello], selectors: [{matchActions: [{action: Override, ${how}}]}]}]\n`,
    );
    expect(lines.filter((line) => line.includes("argError"))).toEqual([]);
  },
);
