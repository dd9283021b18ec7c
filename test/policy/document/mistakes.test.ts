/** Documents as people write them: what each gets, with the place and what to write instead. */
import { describe, expect, test } from "bun:test";
import { documentOf, kprobe, readSpec, readText } from "./support.ts";

const FOLLOW = `kprobes:
- call: fd_install
  syscall: false
  args: [{index: 0, type: int}, {index: 1, type: file}]
  selectors:
  - matchArgs:
    - {index: 1, operator: Prefix, values: ["/etc/passwd"]}
    matchActions:
    - {action: FollowFD, argFd: 0, argName: 1}
- call: sys_write
  args: [{index: 0, type: fd}]
  selectors:
  - matchActions: [{action: Sigkill}]
`;
const FILE = "{index: 0, type: file}";
const action = (text: string) => kprobe(FILE, `matchActions: [{${text}}]`);

/** What is written, and the one line that it gets. `loads`: with a warning. */
const SPECS: readonly (readonly [title: string, spec: string, outcome: "loads" | "refused", line: string])[] =
  [
    [
      "returnArgAction: Post",
      "kprobes:\n- {call: sys_read, return: true, returnArg: {index: 0, type: int}, returnArgAction: Post}\n",
      "loads",
      "warning: spec.kprobes[0].returnArgAction: found returnArgAction: Post: it never did anything: remove it",
    ],
    [
      "a killer's old name",
      "killers:\n- syscalls: [sys_dup]\n",
      "loads",
      'p.yaml:6:3: warning: spec: found the key "killers": write enforcers, its name since 1.1',
    ],
    [
      "NotifyKiller",
      `killers:\n- syscalls: [sys_dup]\n${action("action: NotifyKiller, argError: -1")}`,
      "loads",
      'warning: spec.kprobes[0].selectors[0].matchActions[0].action: found "NotifyKiller": write NotifyEnforcer, its name since 1.1',
    ],
    [
      "stackTrace",
      action("action: Post, stackTrace: true"),
      "loads",
      'warning: spec.kprobes[0].selectors[0].matchActions[0]: found the key "stackTrace": write kernelStackTrace, its name since 1.1',
    ],
    [
      "symbol",
      "uprobes:\n- {path: /bin/bash, symbol: readline}\n",
      "refused",
      'error: spec.uprobes[0]: found the key "symbol", expected',
    ],
    [
      "keys in another case",
      "kprobes:\n- {Call: sys_read, Selectors: []}\n",
      "loads",
      'warning: spec.kprobes[0]: found the key "Call": write call',
    ],
    [
      "an operator in another case",
      kprobe(FILE, 'matchArgs: [{index: 0, operator: prefix, values: ["/a"]}]'),
      "loads",
      'operator: found "prefix": write Prefix',
    ],
    [
      "another machine's prefix",
      "kprobes:\n- call: __arm64_sys_execve\n",
      "loads",
      'p.yaml:7:11: warning: spec.kprobes[0].call: found "__arm64_sys_execve", expected a system call of this machine: sys_execve is taken: write it without the prefix of another architecture',
    ],
    [
      "a plain function without syscall: false",
      "kprobes:\n- call: tcp_connect\n",
      "refused",
      'p.yaml:7:11: error: spec.kprobes[0].call: found "tcp_connect", expected a system call, since syscall is true unless the hook says otherwise: tcp_connect is no system call: add syscall: false',
    ],
    ["a system call without its prefix", "kprobes:\n- call: openat\n", "refused", "write sys_openat"],
    [
      "a system call with syscall: false",
      "kprobes:\n- {call: sys_openat, syscall: false}\n",
      "refused",
      "sys_openat is a system call: write syscall: true",
    ],
    ...(
      [
        ["In", "int", "Equal"],
        ["NotIn", "int", "NotEqual"],
        ["Not", "int", "NotEqual"],
        ["eq", "int", "Equal"],
        ["NotPostfix", "int", "NotEqual"],
        ["Contains", "int", "Mask"],
        ["Regex", "file", "Prefix"],
        ["Contains", "file", "SubString"],
        ["In", "sock", "DAddr"],
        ["Equal", "sock", "DAddr"],
        ["DPort", "sockaddr", "SPort"],
        ["DPort", "int", "Mask"],
        ["Equals", "string", "Equal"],
        ["NotPostfix", "sockaddr_un", "NotEqual"],
      ] as const
    ).map(
      ([operator, type, instead]) =>
        [
          `the operator ${operator} on ${type}`,
          kprobe(
            `{index: 0, type: ${type}}`,
            `matchArgs: [{index: 0, operator: ${operator}, values: ["1"]}]`,
          ),
          "refused",
          operator === "DPort" && type === "int" ? `which work on type int: write ` : `: write ${instead}`,
        ] as const,
    ),
    [
      "an operator on a type without filters",
      kprobe("{index: 0, type: capability}", 'matchArgs: [{index: 0, operator: Equal, values: ["1"]}]'),
      "refused",
      "expected no filter: values of type capability are only printed",
    ],
    ...["inode", "bio", "task_struct", "nsproxy"].map(
      (type) =>
        [
          `the type ${type}`,
          `kprobes:\n- {call: x, syscall: false, args: [{index: 0, type: ${type}}]}\n`,
          "refused",
          "write type nop when the value does not matter, or the type of a member",
        ] as const,
    ),
    [
      "a type that is misspelt",
      "kprobes:\n- {call: x, syscall: false, args: [{index: 0, type: strng}]}\n",
      "refused",
      ": write string",
    ],
    ...(
      [
        ["actions", "matchActions"],
        ["action", "matchActions"],
        ["matchBinary", "matchBinaries"],
        ["matchNames", "matchBinaries"],
        ["checkArgs", "matchArgs"],
        ["filters", "matchArgs"],
        ["matchSyscalls", "one hook for each system call"],
        ["namespaceSelector", "podSelector"],
        ["matchPids", "matchPIDs"],
      ] as const
    ).map(
      ([key, instead]) =>
        [
          `${key} in a selector`,
          kprobe(FILE, `{${key}: []}`),
          key === "matchPids" ? "loads" : "refused",
          instead,
        ] as const,
    ),
    ["dns in spec", "dns: {}\n", "refused", "it is not part of the open TracingPolicy"],
    ["parser in spec", "parser: {}\n", "refused", "it is not part of the open TracingPolicy"],
    ["mode in spec", "mode: monitor\n", "refused", "write options: [{name: policy-mode, value: monitor}]"],
    ["selectors in spec", "selectors: []\n", "refused", "move it into a hook"],
    ["message in an action", action("action: Post, message: hello"), "refused", "write message beside call"],
    [
      "argFmt in an action",
      action('action: Post, argFmt: "pid=%pid"'),
      "refused",
      "write message beside call",
    ],
    ["a signal as an action", action("action: Sigstop"), "refused", "write Signal with argSig: 19"],
    ["another signal as an action", action("action: SIGTERM"), "refused", "write Signal with argSig: 15"],
    [
      "matchNames, which may be meant for namespaces of Kubernetes",
      kprobe(FILE, "matchNames: [{namespace: default}]"),
      "refused",
      "for namespaces of Kubernetes kind: TracingPolicyNamespaced with metadata.namespace",
    ],
    ["call in a selector", kprobe(FILE, "{call: x}"), "refused", "that belongs in spec.kprobes[].call"],
    ...["Kube", "production"].map(
      (name) =>
        [
          `the namespace ${name}`,
          kprobe(FILE, `matchNamespaces: [{namespace: ${name}, operator: In, values: [host_ns]}]`),
          "refused",
          "podSelector",
        ] as const,
    ),
    ...(
      [
        ["NetNS", "Net"],
        ["PidNs", "Pid"],
      ] as const
    ).map(
      ([name, instead]) =>
        [
          `the namespace ${name}`,
          kprobe(FILE, `matchNamespaces: [{namespace: ${name}, operator: In, values: [host_ns]}]`),
          "refused",
          `write ${instead}`,
        ] as const,
    ),
    ...["host_mnt", "host_net_ns", "host_pid_ns", "host"].map(
      (value) =>
        [
          `the namespace's value ${value}`,
          kprobe(FILE, `matchNamespaces: [{namespace: Net, operator: In, values: [${value}]}]`),
          "refused",
          "write host_ns",
        ] as const,
    ),
    [
      "a namespace of Kubernetes as value",
      kprobe(FILE, "matchNamespaces: [{namespace: Net, operator: In, values: [production]}]"),
      "refused",
      "for workloads of Kubernetes write podSelector beside kprobes, or kind: TracingPolicyNamespaced",
    ],
    ...["100/minute", "10/m"].map(
      (value) =>
        [
          `rateLimit: ${value}`,
          action(`action: Post, rateLimit: "${value}"`),
          "refused",
          'as in "60s"',
        ] as const,
    ),
    [
      "rateLimit with Sigkill",
      action('action: Sigkill, rateLimit: "1m"'),
      "refused",
      "found rateLimit with Sigkill, expected it with Post only",
    ],
    [
      "a binary that is not absolute",
      kprobe(FILE, "matchBinaries: [{operator: In, values: [curl]}]"),
      "refused",
      'expected an absolute path: it can never match: write the whole path, or Postfix with "/curl"',
    ],
    [
      "a binary that is not absolute beside others",
      kprobe(FILE, "matchBinaries: [{operator: NotIn, values: [/usr/bin/a, ./xmrig]}]"),
      "loads",
      'warning: spec.kprobes[0].selectors[0].matchBinaries[0].values[1]: found "./xmrig", expected an absolute path: it can never match: write the whole path, or Postfix with "/xmrig"',
    ],
    [
      "? in a path",
      kprobe(FILE, 'matchArgs: [{index: 0, operator: Equal, values: ["/tmp/?"]}]'),
      "loads",
      "? is no wildcard here",
    ],
    [
      "* in a string",
      kprobe("{index: 0, type: string}", 'matchArgs: [{index: 0, operator: Prefix, values: ["/tmp/*"]}]'),
      "loads",
      "* is no wildcard here",
    ],
    [
      'Equal ""',
      kprobe(FILE, 'matchArgs: [{index: 0, operator: Equal, values: [""]}]'),
      "refused",
      "no path is empty: it can never match",
    ],
    [
      "an index that is not in args",
      kprobe(FILE, 'matchArgs: [{index: 1, operator: Equal, values: ["/a"]}]'),
      "refused",
      "found index: 1, expected an index that args has: 0: it can never match: add {index: 1, type: ...} to args",
    ],
    [
      "two selectors: keys",
      "kprobes:\n- call: sys_read\n  selectors: [{}]\n  selectors: [{}]\n",
      "refused",
      'p.yaml:9:5: error: spec.kprobes[0].selectors: found the key "selectors" a second time, expected every key once: the first one is in line 8',
    ],
  ];

describe("A document with", () => {
  test.each(SPECS)("%s", (_, spec, outcome, line) => {
    const { policy, findings, lines } = readSpec(spec);
    expect(lines.filter((each) => each.includes(line))).toHaveLength(1);
    const mistakes = findings.filter(({ severity, kind }) => severity === "error" && kind === "mistake");
    if (outcome === "loads") expect(mistakes).toEqual([]);
    else {
      expect(mistakes.length).toBeGreaterThan(0);
      expect(policy).toBeUndefined();
    }
  });

  test("FollowFD is never loaded in part, and hears which hooks to drop and which filter to move where", () => {
    const { policy, lines } = readSpec(FOLLOW);
    expect(policy).toBeUndefined();
    expect(lines[0]).toBe(
      'p.yaml:7:5: error: spec.kprobes[0]: found descriptors that are followed by hand, expected hooks with an argument of type fd, whose path is found by itself: drop spec.kprobes[0] (fd_install), and add {index: INDEX, operator: Prefix, values: ["/etc/passwd"]} to matchArgs of spec.kprobes[1] (sys_write) with index: 0. Without its filter on the path a hook would act on every file',
    );
    expect(lines.slice(1).map((line) => /found (.*?),/.exec(line)?.[1])).toEqual([
      '"FollowFD"',
      'the key "argFd"',
      'the key "argName"',
    ]);
  });

  test("a namespace and the kind of the cluster loads, with a warning", () => {
    const { policy, lines } = readText(
      documentOf("loader: false").replace("name: test", "name: test\n  namespace: shop"),
    );
    expect(policy?.namespace).toBeUndefined();
    expect(lines).toEqual([
      "p.yaml:5:14: warning: metadata.namespace: found a namespace with kind: TracingPolicy: the policy is for all namespaces: remove it, or write kind: TracingPolicyNamespaced",
    ]);
  });

  test("the namespaced kind and no namespace is refused, with both ways out", () => {
    const { lines } = readText(
      documentOf("loader: false").replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced"),
    );
    expect(lines).toEqual([
      "p.yaml:4:3: error: metadata: found no namespace, expected metadata.namespace with kind: TracingPolicyNamespaced: add the Kubernetes namespace of the pods, or write kind: TracingPolicy for all",
    ]);
  });

  test("the kind NamespacedTracingPolicy is refused with the right kind", () => {
    const { lines } = readText(
      documentOf("loader: false")
        .replace("kind: TracingPolicy", "kind: NamespacedTracingPolicy")
        .replace("name: test", "name: test\n  namespace: shop"),
    );
    expect(lines).toEqual([
      'p.yaml:2:7: error: kind: found "NamespacedTracingPolicy", expected TracingPolicy or TracingPolicyNamespaced: write TracingPolicyNamespaced',
    ]);
  });

  test.each(["TracingPolicies", "tracingpolicy", "TracingPolcy"])(
    "the kind %s hears of all else that is wrong with it, too",
    (kind) => {
      const spec = "kprobes:\n- {call: sys_read, selecters: []}";
      const { policy, lines } = readText(documentOf(spec, "Wrong_Name").replace("TracingPolicy", kind));
      expect(policy).toBeUndefined();
      expect(lines.map((line) => /error: (.*?), expected/.exec(line)?.[1])).toEqual([
        `kind: found "${kind}"`,
        'metadata.name: found "Wrong_Name"',
        'spec.kprobes[0]: found the key "selecters"',
      ]);
    },
  );

  test("another kind of the same API is refused, and nothing else is said of it", () => {
    const { lines } = readText(
      documentOf("endpointSelector: {}").replace("TracingPolicy", "CiliumNetworkPolicy"),
    );
    expect(lines).toHaveLength(1);
  });

  test.each(["isovalent.com/v1alpha1", "hubble-enterprise.io/v1"])(
    "the apiVersion %s is another product's",
    (version) => {
      const { lines } = readText(documentOf("loader: false").replace("cilium.io/v1alpha1", version));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(
        "it is not part of the open TracingPolicy".replace("it is", "the document is"),
      );
    },
  );
});
