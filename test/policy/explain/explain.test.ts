import { describe, expect, test } from "bun:test";
import { explainPolicy, type Host } from "../../../src/policy/explain/index.ts";
import { sampleKernel } from "../check/support.ts";
import { documentOf, kprobe, readSpec, readText } from "../document/support.ts";

const HOST: Host = {
  resolve: (path) => ({ "/bin/sh": "/usr/bin/dash", "/usr/bin/tool": "/usr/bin/tool" })[path],
  interpreter: (path) => (path === "/usr/bin/tool" ? "/usr/bin/python3.11" : undefined),
};

function explain(spec: string): string {
  return explainPolicy(readSpec(spec).policy!, { kernel: sampleKernel(), host: HOST });
}

test("explainPolicy() says what is hooked, asked, done, printed, and not stopped", () => {
  const text = explain(`kprobes:
- call: security_file_open
  syscall: false
  message: "secret"
  args: [{index: 0, type: file, label: f}]
  selectors:
  - label: token
    matchArgs: [{index: 0, operator: NotPrefix, values: ["/srv/", "/tmp/"]}]
    matchBinaries: [{operator: NotIn, values: [/bin/sh, /usr/bin/tool, /none]}]
    matchActions: [{action: Sigkill}]
`);
  expect(text).toBe(`Policy test
  Mode enforce: what its actions say is done.
  For all processes of the host.

  The function security_file_open  (spec.kprobes[0], line 7)
    int security_file_open(struct file *file)
    Read: argument 0 (file "f")
    Selector 1 "token", when all of this holds:
      - the program is not "/bin/sh", "/usr/bin/tool" or "/none"   [once when the program is started, and kept with the process]
          /bin/sh is a link here: events print /usr/bin/dash, which counts as the same
          /usr/bin/tool is a script: the program of its process is /usr/bin/python3.11
          /none is not on this host (it may be in a container)
      - argument 0 (file "f") does not begin with "/srv/" or "/tmp/"   [on the path, which is made for it]
      Then the process is killed (SIGKILL).
      Note: A signal does not stop the call that is under way: the process ends when it next goes back to its program or waits. A file that the call makes may exist, and a first part may be written. To be sure, add {action: Override, argError: -1} before it.
    Event: {"process_kprobe":{"process":{"binary":"..."},"function_name":"security_file_open","args":[{"file_arg":{"path":"/...","permission":"-rw-r--r--"},"label":"f"}],"action":"KPROBE_ACTION_SIGKILL","policy_name":"test","message":"secret"}}
`);
});

describe("explainPolicy() says of", () => {
  const INT = "{index: 0, type: int}";
  test.each([
    [
      "integers",
      kprobe(INT, 'matchArgs: [{index: 0, operator: Equal, values: ["1", "2"]}]'),
      "argument 0 (int) is 1 or 2   [on the argument as it is passed]",
    ],
    [
      "many values",
      kprobe(
        INT,
        'matchArgs: [{index: 0, operator: Equal, values: ["1", "2", "3", "4", "5", "6", "7", "8"]}]',
      ),
      "is 1, 2, 3, 4, 5, 6 or 2 more",
    ],
    ["bits", kprobe(INT, 'matchArgs: [{index: 0, operator: Mask, values: ["0x40"]}]'), "has a bit of 0x40"],
    [
      "ranges",
      kprobe(INT, 'matchArgs: [{index: 0, operator: NotInRange, values: ["1:5", "9"]}]'),
      "is not 1 to 5 or 9",
    ],
    [
      "patterns",
      kprobe(
        "{index: 0, type: file}",
        'matchArgs: [{index: 0, operator: Prefix, values: ["/home/*/.ssh/"]}]',
      ),
      'is like "/home/*/.ssh/", or begins so',
    ],
    [
      "addresses",
      kprobe(
        "{index: 0, type: sock}",
        'matchArgs: [{index: 0, operator: NotDAddr, values: ["10.0.0.0/8", "fd00::/8"]}]',
      ),
      "has a destination address that is not in 10.0.0.0/8 or fd00::/8",
    ],
    [
      "ports",
      kprobe("{index: 0, type: sock}", "matchArgs: [{index: 0, operator: DPortPriv}]"),
      "has a destination port that is 0 to 1023",
    ],
    [
      "protocols",
      kprobe("{index: 0, type: sock}", "matchArgs: [{index: 0, operator: Protocol, values: [IPPROTO_TCP]}]"),
      "has a protocol that is IPPROTO_TCP",
    ],
    [
      "file types",
      kprobe("{index: 0, type: file}", "matchArgs: [{index: 0, operator: FileType, values: [fifo]}]"),
      "is a pipe",
    ],
    [
      "namespaces",
      kprobe(INT, "matchNamespaces: [{namespace: Net, operator: NotIn, values: [host_ns]}]"),
      "the Net namespace is not the host's",
    ],
    [
      "capabilities",
      kprobe(INT, "matchCapabilities: [{operator: NotIn, values: [CAP_SYS_ADMIN]}]"),
      "the effective capabilities have none of CAP_SYS_ADMIN",
    ],
    [
      "process IDs",
      kprobe(INT, "matchPIDs: [{operator: In, values: [1], followForks: true, isNamespacePID: true}]"),
      "the process ID in its own PID namespace, or that of an ancestor is 1",
    ],
    [
      "overriding",
      kprobe(INT, "matchActions: [{action: Override, argError: -13}]"),
      "its caller gets -13 (EACCES): by a program at the function's return value (fmod_ret)",
    ],
    [
      "limits",
      kprobe(INT, "matchActions: [{action: Post, rateLimit: 5m, rateLimitScope: process}]"),
      "the same one at most once in 300 s for each process",
    ],
    ["nothing", "{}\n", "It hooks nothing."],
    ["all calls", "kprobes: [{call: sys_openat}]\n", "Every call: an event is posted."],
    [
      "tracepoints",
      "tracepoints: [{subsystem: sched, event: sched_process_exec, raw: true}]\n",
      "The raw tracepoint sched/sched_process_exec",
    ],
    [
      "monitoring",
      "options: [{name: policy-mode, value: monitor}]\n",
      "Mode monitor: it posts events, and does not stop anything.",
    ],
    [
      "what enforcers are told",
      "enforcers: [{calls: [security_file_open]}]\nkprobes: [{call: sys_openat, selectors: [{matchActions: [{action: NotifyEnforcer, argError: -1, argSig: 9}]}]}]\n",
      "Then the next of the policy's enforcers that this thread calls does not run, and its caller gets -1 (EPERM), and sends signal 9 to the process.",
    ],
    [
      "enforcers",
      "enforcers: [{calls: [security_file_open, sys_dup]}]\nkprobes: [{call: sys_openat}]\n",
      "Enforcers, where what NotifyEnforcer says is done: security_file_open, sys_dup",
    ],
    [
      "requests",
      'kprobes: [{call: sys_openat, selectors: [{matchActions: [{action: GetUrl, argUrl: "http://a.example/"}, {action: DnsLookup, argFqdn: a.example}]}]}]\n',
      "Then the agent gets http://a.example/, if it was started with --enable-policy-requests; the agent looks up the name a.example, if it was started with --enable-policy-requests.",
    ],
    [
      "workloads",
      "podSelector: {matchLabels: {app: shop}}\nhostSelector: {}\n",
      "For containers of pods with app=shop, and processes of the host that are in no container.",
    ],
  ])("%s", (_, spec, words) => {
    expect(explain(spec)).toContain(words);
  });

  test.each([
    [true, "which this kernel is built for"],
    [false, "which this kernel is not built for (CONFIG_BPF_KPROBE_OVERRIDE): a security_ function"],
    [undefined, "which the kernel must be built for"],
  ])("overriding a system call where the kernel %p", (canOverride, words) => {
    const spec =
      "kprobes: [{call: sys_openat, selectors: [{matchActions: [{action: Override, argError: -1}]}]}]\n";
    const text = explainPolicy(readSpec(spec).policy!, { kernel: sampleKernel(), host: HOST, canOverride });
    expect(text).toContain(words);
  });

  test("a namespace of Kubernetes", () => {
    const text = documentOf("{}")
      .replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced")
      .replace("name: test", "name: test\n  namespace: shop");
    const words = explainPolicy(readText(text).policy!, { kernel: undefined, host: HOST });
    expect(words).toContain("Policy test of the namespace shop");
    expect(words).toContain("For containers of pods of the namespace shop.");
  });
});

test("explainPolicy() says where a process can get around a condition", () => {
  const on = (call: string, type: string, index = 1) =>
    `kprobes:\n- {${call}, args: [{index: ${index}, type: ${type}}], selectors: [{matchArgs: [{index: ${index}, operator: Equal, values: ["/1"]}]}]}\n`;
  const note = "Note: What is compared here is the process's own memory";
  expect(explain(on("call: sys_openat", "string"))).toContain(note);
  expect(explain(on("call: sys_openat", "int", 0).replace('"/1"', '"1"'))).not.toContain(note);
  expect(explain(on("call: security_file_open, syscall: false", "file", 0))).not.toContain(note);
});

test("explainPolicy() sends nothing to the terminal but text, whatever the policy holds", () => {
  const text = explain(`kprobes:
- call: security_file_open
  syscall: false
  message: "m\\e[2J\\u202e"
  tags: ["t\\e[31m"]
  args: [{index: 0, type: file, label: "l\\e[31m\\u202e"}]
  selectors:
  - label: "s\\e[31m"
    matchArgs: [{index: 0, operator: Equal, values: ["/a\\e[31m\\n\\u202e", "/x\\u009b31m"]}]
    matchBinaries: [{operator: In, values: ["/bin/\\e[31m\\nx"]}]
`);
  expect(text).toContain("/bin/\\u001b[31m");
  expect(text.split("\n").filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([]);
  expect(
    text.split("\n").every((line) => line === "" || line.startsWith("Policy ") || line.startsWith("  ")),
  ).toBe(true);
});
