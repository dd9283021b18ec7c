import { expect, test } from "bun:test";
import { formatFinding, readPolicies } from "../../../src/policy/document/index.ts";
import { documentOf, hookOf, readSpec } from "./support.ts";

test("readPolicies() makes a policy of a document with filters, actions and a return value", () => {
  const { policy, lines } = readSpec(`options:
- {name: policy-mode, value: monitor}
kprobes:
- call: security_file_permission
  syscall: false
  return: true
  message: "secret"
  tags: ["a.b"]
  args:
  - {index: 0, type: file}
  - {index: 1, type: int, label: mask}
  returnArg: {index: 0, type: int}
  selectors:
  - label: one
    matchArgs:
    - {index: 0, operator: Prefix, values: ["/srv/"]}
    - {index: 1, operator: NotEqual, values: ["-4", "0x10"]}
    matchBinaries:
    - {operator: NotIn, values: ["/usr/bin/head"]}
    matchReturnArgs:
    - {index: 0, operator: LT, values: ["0"]}
    matchActions:
    - {action: Sigkill}
    - {action: Post, rateLimit: 5m, rateLimitScope: global}
`);
  expect(lines).toEqual([]);
  expect(policy).toMatchObject({
    name: "test",
    namespace: undefined,
    mode: "monitor",
    workload: undefined,
    node: undefined,
    options: { isKprobeMultiDisabled: false },
  });
  const [hook] = policy!.hooks;
  expect(hook).toMatchObject({
    section: "kprobes",
    index: 0,
    at: { line: 9, column: 11 },
    target: { kind: "function", name: "security_file_permission" },
    message: "secret",
    tags: ["a.b"],
    args: [
      { source: { kind: "argument", index: 0 }, type: "file", label: "" },
      { source: { kind: "argument", index: 1 }, type: "int", label: "mask" },
    ],
    returnValue: { source: { kind: "return" }, type: "int" },
  });
  expect(hook!.selectors).toMatchObject([
    {
      label: "one",
      conditions: [
        {
          kind: "binary",
          of: "process",
          followsChildren: false,
          operand: { operator: "EqualString", isNegated: true },
        },
        { kind: "argument", positions: [0], operand: { operator: "Prefix", isNegated: false } },
        {
          kind: "argument",
          positions: [1],
          operand: { operator: "Equal", isNegated: true, integers: [-4n, 16n] },
        },
      ],
      returnConditions: [{ kind: "return", positions: [0], operand: { operator: "LT", integers: [0n] } }],
      actions: [
        { action: "Signal", signal: 9, isSigkill: true },
        { action: "Post", rateLimit: 300, rateLimitScope: "global" },
      ],
    },
  ]);
});

test("readPolicies() takes system calls apart from functions", () => {
  expect(hookOf("kprobes:\n- call: sys_openat\n").target).toEqual({
    kind: "syscall",
    name: "openat",
    abis: ["native"],
  });
  expect(hookOf("kprobes:\n- {call: tcp_connect, syscall: false}\n").target).toEqual({
    kind: "function",
    name: "tcp_connect",
  });
  expect(hookOf("kprobes:\n- call: __x64_sys_openat\n").target).toMatchObject({
    name: "openat",
    abis: ["native"],
  });
});

test("readPolicies() loads every document of a file, and passes over other objects of Kubernetes", () => {
  const text = `${documentOf("loader: false", "one")}---\napiVersion: v1\nkind: Pod\n---\n${documentOf("loader: false", "two")}`;
  const { policies, findings } = readPolicies(text, { file: "p.yaml" });
  expect(policies.map(({ name }) => name)).toEqual(["one", "two"]);
  expect(findings.map(({ severity, path }) => [severity, path])).toEqual([["warning", "kind"]]);
});

test("readPolicies() refuses a second policy of a name: it would take the place of the first", () => {
  const text = [
    documentOf("loader: false", "one"),
    documentOf("kprobes: []", "one"),
    documentOf("loader: false", "two"),
  ];
  const { policies, findings } = readPolicies(text.join("---\n"), { file: "p.yaml" });
  expect(policies.map(({ name }) => name)).toEqual(["one", "two"]);
  expect(findings.map(formatFinding)).toEqual([
    'p.yaml:11:9: error: metadata.name: found a second policy "one", expected every name once: there is one in line 4',
  ]);
});
