/** What the parts of a document mean. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mergeRanges, parseBigInteger } from "../../../src/policy/document/meaning/operand/numbers.ts";
import type { Condition, Hook, Operand, ValueCondition } from "../../../src/policy/policy.ts";
import { documentOf, hookOf, kprobe, readSpec, readText } from "./support.ts";

function conditionOf(selector: string, args = "{index: 0, type: int}"): Condition {
  return hookOf(kprobe(args, selector)).selectors[0]!.conditions[0]!;
}

function operandOf(operator: string, values: string, type: string): Operand {
  const condition = conditionOf(
    `matchArgs: [{index: 0, operator: ${operator}, values: [${values}]}]`,
    `{index: 0, type: ${type}}`,
  );
  return (condition as ValueCondition).operand;
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe("Values mean, on", () => {
  test.each<[type: string, operator: string, values: string, operand: object]>([
    [
      "int",
      "Equal",
      '"-1", "0x10", "010", "0b11"',
      { operator: "Equal", isNegated: false, integers: [-1n, 16n, 8n, 3n] },
    ],
    [
      "uint64",
      "NotEqual",
      '"18446744073709551615"',
      { operator: "Equal", isNegated: true, integers: [2n ** 64n - 1n] },
    ],
    ["int", "Mask", '"0x80000000"', { operator: "Mask", integers: [0x80000000n] }],
    [
      "int",
      "InMap",
      '"5", "1:3", "4"',
      { operator: "InRange", isNegated: false, ranges: [{ first: 1n, last: 5n }] },
    ],
    [
      "int8",
      "NotInRange",
      '"-5:-3"',
      { operator: "InRange", isNegated: true, ranges: [{ first: -5n, last: -3n }] },
    ],
    [
      "cap_effective",
      "Equal",
      '"CAP_NET_RAW,SYS_ADMIN"',
      { operator: "Equal", integers: [(1n << 13n) | (1n << 21n)] },
    ],
    ["string", "Equal", '"a\\0", ""', { operator: "EqualString", strings: [bytes("a"), bytes("")] }],
    ["string", "Postfix", '"ä"', { operator: "Postfix", strings: [bytes("ä")] }],
    ["string", "SubStringIgnoreCase", '"x"', { operator: "SubStringIgnCase", strings: [bytes("x")] }],
    [
      "file",
      "NotPrefix",
      '"/a", "/b/*/c"',
      { operator: "Glob", isNegated: true, globs: ["/a", "/b/*/c"], opensAt: "end" },
    ],
    ["file", "Equal", '"/a/*"', { operator: "Glob", isNegated: false, globs: ["/a/*"], opensAt: "nowhere" }],
    [
      "file",
      "NotFileType",
      "reg, pipe",
      { operator: "FileType", isNegated: true, types: [0o100000, 0o010000] },
    ],
    [
      "sock",
      "DAddr",
      "10.0.0.0/8, '::1'",
      {
        operator: "DAddr",
        networks: [
          { address: new Uint8Array([10, 0, 0, 0]), bits: 8 },
          { address: new Uint8Array([...Array(15).fill(0), 1]), bits: 128 },
        ],
      },
    ],
    [
      "sock",
      "NotDPort",
      '"443", "8000:8009"',
      {
        operator: "DPort",
        isNegated: true,
        ranges: [
          { first: 443n, last: 443n },
          { first: 8000n, last: 8009n },
        ],
      },
    ],
    [
      "sockaddr",
      "NotSportPriv",
      "",
      { operator: "SPort", isNegated: true, ranges: [{ first: 0n, last: 1023n }] },
    ],
    [
      "skb",
      "Protocol",
      'IPPROTO_UDP, "6"',
      {
        operator: "Protocol",
        ranges: [
          { first: 6n, last: 6n },
          { first: 17n, last: 17n },
        ],
      },
    ],
    ["sock", "State", "TCP_LISTEN", { operator: "State", ranges: [{ first: 10n, last: 10n }] }],
    ["sockaddr_un", "Family", "AF_UNIX", { operator: "Family", ranges: [{ first: 1n, last: 1n }] }],
  ])("%s: %s [%s]", (type, operator, values, operand) => {
    expect(operandOf(operator, values, type)).toMatchObject(operand);
  });

  test("the running system calls of a list, those of 32-bit programs with their mark", () => {
    const { policy } = readSpec(`lists:
- {name: l, type: syscalls, values: [sys_read, __x64_sys_write, i386/sys_read, __ia32_sys_dup]}
tracepoints:
- subsystem: raw_syscalls
  event: sys_enter
  args: [{index: 4, type: syscall64}]
  selectors: [{matchArgs: [{index: 4, operator: InMap, values: ["list:l"]}]}]
`);
    const [condition] = policy!.hooks[0]!.selectors[0]!.conditions;
    const mark = 1n << 31n;
    expect((condition as { operand: Operand }).operand).toEqual({
      operator: "InRange",
      isNegated: false,
      ranges: [
        { first: 0n, last: 1n },
        { first: mark | 3n, last: mark | 3n },
        { first: mark | 41n, last: mark | 41n },
      ],
    });
  });
});

test("parseBigInteger() reads what Go reads to the base 0", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
      const digits = value < 0n ? -value : value;
      const sign = value < 0n ? "-" : "";
      for (const [prefix, base] of [
        ["", 10],
        ["0x", 16],
        ["0b", 2],
        ["0o", 8],
      ] as const)
        expect(parseBigInteger(`${sign}${prefix}${digits.toString(base)}`)).toBe(value);
    }),
  );
  for (const text of ["", " 1", "1e3", "0x", "08", "1_0", "--1", "٣"])
    expect(parseBigInteger(text)).toBeUndefined();
});

test("mergeRanges() holds the same numbers, in order and apart", () => {
  const range = fc
    .tuple(fc.integer({ min: -20, max: 20 }), fc.nat(5))
    .map(([first, more]) => ({ first: BigInt(first), last: BigInt(first + more) }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
      const merged = mergeRanges(ranges);
      for (let n = -25n; n < 30n; n++) {
        const isIn = (list: typeof ranges) => list.some(({ first, last }) => first <= n && n <= last);
        expect(isIn(merged)).toBe(isIn(ranges));
      }
      for (const [index, { first }] of merged.entries())
        if (index > 0) expect(first).toBeGreaterThan(merged[index - 1]!.last + 1n);
    }),
  );
});

describe("Filters on arguments are found", () => {
  const positions = (spec: string): readonly number[] => {
    const [condition] = hookOf(spec).selectors[0]!.conditions;
    return (condition as ValueCondition).positions;
  };
  const TWICE = "{index: 1, type: int}, {index: 0, type: int}, {index: 1, type: uint8}";

  test("by index, the first that has it", () => {
    expect(positions(kprobe(TWICE, 'matchArgs: [{index: 1, operator: Equal, values: ["1"]}]'))).toEqual([0]);
  });
  test("by position in args", () => {
    expect(positions(kprobe(TWICE, 'matchArgs: [{args: [2], operator: Equal, values: ["1"]}]'))).toEqual([2]);
  });
  test("two for what is gained from the one to the other", () => {
    const args = "{index: 2, type: cap_effective}, {index: 3, type: cap_permitted}";
    expect(positions(kprobe(args, "matchArgs: [{args: [1, 0], operator: CapabilitiesGained}]"))).toEqual([
      1, 0,
    ]);
  });
  test("of tracepoints by field, else by position", () => {
    const tracepoint = (index: number) =>
      `tracepoints: [{subsystem: a, event: b, args: [{index: 7, type: int}, {index: 4, type: int}], selectors: [{matchArgs: [{index: ${index}, operator: Equal, values: ["1"]}]}]}]\n`;
    expect(positions(tracepoint(4))).toEqual([1]);
    expect(positions(tracepoint(0))).toEqual([0]);
    expect(readSpec(tracepoint(2)).policy).toBeUndefined();
  });
  test("of data by position", () => {
    const { conditions } = hookOf(
      'kprobes: [{call: sys_fsync, data: [{index: 0, type: string, source: current_task, resolve: comm}, {index: 1, type: int, source: pt_regs, resolve: EAX}], selectors: [{matchData: [{index: 1, operator: Equal, values: ["1"]}]}]}]\n',
    ).selectors[0]!;
    expect(conditions).toMatchObject([{ kind: "data", positions: [1] }]);
  });
});

describe("Arguments", () => {
  const argumentOf = (text: string): Hook["args"][number] =>
    hookOf(`kprobes: [{call: sys_write, args: [${text}]}]\n`).args[0]!;

  test("have their length in an argument that is counted from 1", () => {
    expect(argumentOf("{index: 1, type: char_buf, sizeArgIndex: 3, maxData: true}")).toMatchObject({
      sizeIndex: 2,
      isReadAtReturn: false,
      isLong: true,
    });
    expect(argumentOf("{index: 1, type: char_buf, returnCopy: true}")).toMatchObject({
      sizeIndex: undefined,
      isReadAtReturn: true,
    });
  });
  test("are walked to by members and elements", () => {
    expect(
      argumentOf("{index: 0, type: int, resolve: 'a.b[3][1].c', btfType: x, btfTypeModule: z}").resolve,
    ).toEqual({ steps: ["a", "b", 3, 1, "c"], struct: "x", module: "z" });
    expect(argumentOf("{index: 0, type: int, resolve: '[2].a', btfType: x}").resolve?.steps).toEqual([
      2,
      "a",
    ]);
  });
  test("of data are members of the task, or registers in lower case", () => {
    const { data } = hookOf(
      "kprobes: [{call: sys_fsync, data: [{index: 0, type: int, source: pt_regs, resolve: RAX}, {index: 0, type: int, source: current_task, resolve: pid}]}]\n",
    );
    expect(data).toMatchObject([
      { source: { kind: "register", name: "rax" }, resolve: undefined },
      { source: { kind: "task" }, resolve: { steps: ["pid"] } },
    ]);
  });
});

test("Macros give a selector all that they have, workloads too", () => {
  const { policy, lines } = readSpec(`selectorsMacros:
  shells:
    label: from the macro
    matchBinaries: [{operator: Prefix, values: [/bin/]}]
    matchWorkloads: {podSelector: {matchLabels: {app: a}}}
  kill:
    matchActions: [{action: Sigkill}]
kprobes:
- call: sys_read
  selectors: [{macros: [shells, kill], matchPIDs: [{operator: In, values: [1]}]}]
`);
  expect(lines).toEqual([]);
  expect(policy!.hooks[0]!.selectors).toMatchObject([
    {
      label: "from the macro",
      conditions: [{ kind: "binary" }, { kind: "pid", pids: [1] }],
      workload: { pod: { matchLabels: { app: "a" } } },
      actions: [{ action: "Signal", signal: 9 }],
    },
  ]);
});

test("A list makes a hook of each entry, and says itself what is in it", () => {
  const { policy, lines } = readSpec(
    "lists:\n- {name: calls, type: syscalls, values: [sys_dup, i386/sys_dup2]}\n- {name: functions, values: [tcp_connect]}\nkprobes: [{call: 'list:calls'}, {call: 'list:functions'}]\n",
  );
  expect(lines).toEqual([]);
  expect(policy!.hooks.map(({ index, target }) => [index, target])).toEqual([
    [0, { kind: "syscall", name: "dup", abis: ["native"] }],
    [0, { kind: "syscall", name: "dup2", abis: ["compat"] }],
    [1, { kind: "function", name: "tcp_connect" }],
  ]);
});

test("Message and tags are cut and escaped as Tetragon does", () => {
  const { policy, lines } = readSpec(
    `kprobes: [{call: sys_read, message: "a\\tb \\"c\\" ä${"x".repeat(300)}", tags: [${"t".repeat(130)}]}]\n`,
  );
  const [hook] = policy!.hooks;
  expect(hook!.message).toBe(`a\\tb \\"c\\" ä${"x".repeat(256 - 10)}`);
  expect(hook!.tags).toEqual(["t".repeat(128)]);
  expect(lines.map((line) => /found (\d+) bytes/.exec(line)?.[1])).toEqual(["310", "130"]);
});

describe("A document", () => {
  test("of the namespaced kind is for the pods of its namespace", () => {
    const text = documentOf("podSelector: {}")
      .replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced")
      .replace("name: test", "name: test\n  namespace: shop");
    expect(readText(text).policy).toMatchObject({
      namespace: "shop",
      workload: {
        namespace: "shop",
        pod: { matchLabels: {}, matchExpressions: [] },
        container: undefined,
        hasHost: false,
      },
    });
  });

  test("may have anchors, aliases and merge keys", () => {
    const { policy, lines } = readSpec(`kprobes:
- &read
  call: sys_read
  args: &args [{index: 0, type: int}]
- {<<: *read, call: sys_write}
- {call: sys_close, args: *args}
`);
    expect(lines).toEqual([]);
    expect(
      policy!.hooks.map(({ target, args }) => [target.kind === "syscall" && target.name, args.length]),
    ).toEqual([
      ["read", 1],
      ["write", 1],
      ["close", 1],
    ]);
  });

  test("may say nothing where something may stand", () => {
    const { policy, lines } = readSpec(
      "kprobes:\n- call: sys_read\n  args:\n  selectors:\n  return:\npodSelector: null\noptions: ~\n",
    );
    expect(lines).toEqual([]);
    expect(policy).toMatchObject({ workload: undefined, hooks: [{ args: [], selectors: [] }] });
  });

  test("means the same whenever it is read", () => {
    const spec = kprobe(
      "{index: 0, type: file}",
      'matchArgs: [{index: 0, operator: Prefix, values: ["/a", "/b"]}]',
    );
    expect(readSpec(spec).policy).toEqual(readSpec(spec).policy!);
  });
});
