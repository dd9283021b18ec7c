/** What `tetra getevents --output=compact` prints (Tetragon's pkg/encoder and its tests), and what a terminal must not be given. */
import { describe, expect, test } from "bun:test";
import { type CompactSettings, createCompactPrinter } from "../../../src/cli/getevents/compact.ts";
import { NATIVE_ABI, systemCallNames } from "../../../src/kernel/system-call/index.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";

const OTHER_ABI = NATIVE_ABI === "x64" ? "arm64" : "x64";
const SETTINGS: CompactSettings = { colors: false, timestamps: false, stackTraces: true, imaHash: true };
const POD = { namespace: "kube-system", name: "tetragon" };
const CURL = { binary: "/usr/bin/curl", arguments: "cilium.io", pod: POD };

const print = (event: JsonObject, settings: Partial<CompactSettings> = {}): string =>
  createCompactPrinter({ ...SETTINGS, ...settings })(event);

const kprobe = (function_name: string, args: readonly JsonObject[] = [], more = {}): JsonObject => ({
  process_kprobe: { process: { binary: "/usr/bin/curl", pod: POD }, function_name, args, ...more },
});

const SOCK = { sock_arg: { saddr: "10.0.0.1", sport: 1234, daddr: "::1", dport: 443 } };

describe("createCompactPrinter()", () => {
  test.each<[string, JsonObject, string]>([
    [
      "an execution outside of pods",
      { process_exec: { process: { ...CURL, pod: undefined } }, node_name: "my-node" },
      "🚀 process my-node /usr/bin/curl cilium.io\n",
    ],
    [
      "an execution in a pod",
      { process_exec: { process: CURL }, node_name: "my-node" },
      "🚀 process kube-system/tetragon /usr/bin/curl cilium.io\n",
    ],
    [
      "an exit with its status",
      { process_exit: { process: CURL, status: 1 } },
      "💥 exit    kube-system/tetragon /usr/bin/curl cilium.io 1\n",
    ],
    [
      "an exit by a signal",
      { process_exit: { process: CURL, signal: "SIGKILL" } },
      "💥 exit    kube-system/tetragon /usr/bin/curl cilium.io SIGKILL\n",
    ],
    [
      "a loader's library",
      { process_loader: { process: CURL, path: "/lib/x.so", buildid: "q80=" } },
      "🧬 loader  kube-system/tetragon /usr/bin/curl abcd /lib/x.so\n",
    ],
    [
      "throttling",
      { process_throttle: { type: "THROTTLE_STOP", cgroup: "session-1.scope" } },
      "🧬 throttle STOP  session-1.scope\n",
    ],
    [
      "a tracepoint",
      { process_tracepoint: { process: CURL, subsys: "sched", event: "switch" } },
      "⁉️ tracepoint kube-system/tetragon /usr/bin/curl sched switch\n",
    ],
    ...(
      [
        ["a system call", { long_arg: "3" }, systemCallNames(NATIVE_ABI).get(3)!],
        ["a system call that has no name", { long_arg: "100000" }, "100000"],
        ["a system call of nobody knows what", {}, "unknown"],
        [
          "a system call with its table",
          { syscall_id: { id: 57, abi: NATIVE_ABI } },
          systemCallNames(NATIVE_ABI).get(57)!,
        ],
        [
          "a system call of another machine",
          { syscall_id: { id: 57, abi: OTHER_ABI } },
          `${OTHER_ABI}/${systemCallNames(OTHER_ABI).get(57)!}`,
        ],
        ["a system call of a 32-bit program", { syscall_id: { id: 11, abi: "i386" } }, "i386/11"],
      ] as const
    ).map(([title, argument, name]): [string, JsonObject, string] => [
      title,
      { process_tracepoint: { process: CURL, subsys: "raw_syscalls", event: "sys_enter", args: [argument] } },
      `☎  syscall kube-system/tetragon /usr/bin/curl ${name}\n`,
    ]),
    [
      "a user probe",
      { process_uprobe: { process: CURL, path: "/bin/sh", symbol: "main" } },
      "🕵️ uprobe  kube-system/tetragon /usr/bin/curl /bin/sh main\n",
    ],
    [
      "a static user probe",
      { process_usdt: { process: CURL, path: "/bin/sh", provider: "p", name: "n" } },
      "🕵️ usdt    kube-system/tetragon /usr/bin/curl /bin/sh p n\n",
    ],
    [
      "a security hook with its hash",
      {
        process_lsm: {
          process: CURL,
          function_name: "file_open",
          args: [{ file_arg: { path: "/etc/x" } }],
          ima_hash: "sha256:00",
        },
      },
      "🔒 LSM     kube-system/tetragon /usr/bin/curl file_open\n   /etc/x sha256:00\n",
    ],
    [
      "a type that is not known",
      { process_tomorrow: { process: CURL } },
      "❓ process_tomorrow kube-system/tetragon /usr/bin/curl\n",
    ],
    [
      "what an agent says of itself",
      { event: "agent_init", hostname: "h", agent_version: "1" },
      "❓ agent_init\n",
    ],
    [
      "a connection of this agent's own type",
      {
        process_connect: {
          process: CURL,
          source_ip: "10.0.0.1",
          source_port: 1,
          destination_ip: "10.0.0.2",
          destination_port: 2,
          protocol: "TCP",
        },
      },
      "🔌 connect kube-system/tetragon /usr/bin/curl tcp 10.0.0.1:1 -> 10.0.0.2:2\n",
    ],
  ])("prints %s", (_, event, expected) => {
    expect(print(event)).toBe(expected);
  });

  test.each<[string, readonly JsonObject[], string]>([
    ["unhandled_function", [], "❓ syscall P unhandled_function"],
    ["fd_install", [], "📬 open    P "],
    ["fd_install", [{}, { file_arg: { path: "/etc/password" } }], "📬 open    P /etc/password"],
    ["__x64_sys_write", [], "📝 write   P  "],
    [
      "__arm64_sys_write",
      [{ file_arg: { path: "/etc/password" } }, {}, { size_arg: "1234" }],
      "📝 write   P /etc/password 1234 bytes",
    ],
    ["__x64_sys_read", [{ file_arg: { path: "/x" } }, {}, {}], "📚 read    P /x 0 bytes"],
    ["__x64_sys_close", [{ file_arg: { path: "/x" } }], "📪 close   P /x"],
    ["__x64_sys_openat", [{}, { string_arg: "/x" }], "📬️ openat  P /x"],
    ["__x64_sys_mount", [{ string_arg: "a" }, { string_arg: "b" }], "💾 mount   P a b"],
    ["__x64_sys_setuid", [{ int_arg: 7 }], "🔑 setuid  P 7"],
    ["__x64_sys_setuid", [], "🔑 setuid  P "],
    ["__x64_sys_pivot_root", [{ string_arg: "/new" }, { string_arg: "/old" }], "💾 pivot_root P /new /old"],
    ["__x64_sys_pivot_root", [], "💾 pivot_root P  "],
    ["proc_exec_connector", [{ string_arg: "x" }], "🔧 proc_exec_connector P"],
    ["__ia32_sys_open", [{}, { string_arg: "/x" }], "📬️ open    P /x"],
    ["__x64_sys_setns", [], "🔧 setns   P "],
    ["__x64_sys_setns", [{}, { int_arg: 3 }], "🔧 setns   P "],
    ["tcp_connect", [], "🔌 connect P "],
    ["tcp_sendmsg", [], "📤 sendmsg P  bytes 0"],
    ["bpf_check", [], "🐝 bpf_load P "],
    ["security_perf_event_alloc", [], "🐝 perf_event_alloc P "],
    [
      "security_perf_event_alloc",
      [{ perf_event_arg: { Type: "PERF_TYPE_TRACEPOINT", KprobeFunc: "commit_creds" } }],
      "🐝 perf_event_alloc P PERF_TYPE_TRACEPOINT commit_creds",
    ],
    ["security_bpf_map_alloc", [], "🗺 bpf_map_create P "],
    ["security_file_permission", [], "❓ security_file_permission P "],
    ["security_file_permission", [{ file_arg: { path: "/x" } }, { int_arg: 2 }], "📝 write   P /x"],
    [
      "security_file_permission",
      [{ file_arg: { path: "/x" } }, { int_arg: 1 }],
      "❓ security_file_permission P /x",
    ],
    ["security_mmap_file", [], "❓ security_mmap_file P "],
    ["security_mmap_file", [{ file_arg: { path: "/x" } }, { uint_arg: 0 }], "📝 mmap-   P /x"],
    ["security_mmap_file", [{ file_arg: { path: "/x" } }, { uint_arg: 7 }], "📝 mmap-rwx P /x"],
    ["security_path_truncate", [], "❓ security_path_truncate P "],
    ["__x64_sys_clock_settime", [], "⏰ clock_settime P"],
    ["__x64_sys_setns", [{}, { int_arg: 0x40000000 }], "🔧 setns   P net"],
    ["tcp_connect", [SOCK], "🔌 connect P tcp 10.0.0.1:1234 -> ::1:443"],
    ["tcp_close", [SOCK], "🧹 close   P tcp 10.0.0.1:1234 -> ::1:443"],
    ["tcp_sendmsg", [SOCK, { int_arg: 10 }], "📤 sendmsg P tcp 10.0.0.1:1234 -> ::1:443 bytes 10"],
    [
      "bpf_check",
      [{ bpf_attr_arg: { ProgType: "BPF_PROG_TYPE_KPROBE", ProgName: "p", InsnCnt: 3 } }],
      "🐝 bpf_load P BPF_PROG_TYPE_KPROBE p instruction count 3",
    ],
    [
      "security_bpf_map_alloc",
      [{ bpf_map_arg: { MapType: "T", MapName: "m", KeySize: 1, ValueSize: 2, MaxEntries: 3 } }],
      "🗺 bpf_map_create P T m key size 1 value size 2 max entries 3",
    ],
    ["security_file_permission", [{ file_arg: { path: "/x" } }, { int_arg: 4 }], "📚 read    P /x"],
    ["security_mmap_file", [{ file_arg: { path: "/x" } }, { uint_arg: 5 }], "📝 mmap-rx P /x"],
    ["security_path_truncate", [{ path_arg: { path: "/x" } }], "📝 truncate P /x"],
  ])("prints the kernel function %s with %j", (name, args, expected) => {
    expect(print(kprobe(name, args))).toBe(
      `${expected.replace("P", "kube-system/tetragon /usr/bin/curl")}\n`,
    );
  });

  test("prints stack traces below the line, and leaves them out when asked to", () => {
    const event = kprobe("sys_x", [], {
      kernel_stack_trace: [{ address: "18446744072635812384", offset: "16", symbol: "do_sys" }],
      user_stack_trace: [{ address: "4096", offset: "5", module: "/lib/c.so" }],
    });
    const line = "❓ syscall kube-system/tetragon /usr/bin/curl sys_x\n";
    const stack = "Kernel:\n   0xffffffffc0000a20: do_sys+0x10\nUser:\n   0x1000: (/lib/c.so+0x5)\n";
    expect(print(event)).toBe(line + stack);
    expect(print(event, { stackTraces: false })).toBe(line);
  });

  test.each([
    ["1970-01-01T00:00:00.000000000Z", undefined],
    ["2026-01-02T03:04:05.120000000Z", "2026-01-02T03:04:05.12Z"],
    ["2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789Z"],
  ])("begins with the time %s", (shown, time) => {
    const event = { process_exec: { process: CURL }, ...(time !== undefined && { time }) };
    expect(print(event, { timestamps: true })).toBe(
      `${shown} 🚀 process kube-system/tetragon /usr/bin/curl cilium.io\n`,
    );
  });

  test("says at the right that a process may do everything", () => {
    const effective = Array.from({ length: 40 }, (_, i) => (i === 21 ? "CAP_SYS_ADMIN" : `CAP_${i}`));
    const event = { process_exec: { process: { ...CURL, cap: { effective } } } };
    const line = "🚀 process kube-system/tetragon /usr/bin/curl cilium.io";
    const capabilities = "🛑 CAP_SYS_ADMIN";
    const spaces = 120 - Buffer.byteLength(line) - [...capabilities].length;
    expect(print(event)).toBe(`${line} ${" ".repeat(spaces)}${capabilities}\n`);
  });

  test("has the colours of tetra, around empty texts, too", () => {
    const line = print({ process_exec: { process: CURL } }, { colors: true });
    // Up to column 120, counted in bytes: 93 of the line, 9 of the empty text.
    expect(line).toBe(
      `\u001b[34m🚀 process\u001b[0m \u001b[32mkube-system/tetragon\u001b[0m \u001b[35m/usr/bin/curl\u001b[0m \u001b[36mcilium.io\u001b[0m ${" ".repeat(120 - 93 - 9)}\u001b[35m\u001b[0m\n`,
    );
  });

  const EVIL = "\u001b]0;x\u0007\u001b[2J\u009b1m\r\n\u202e";

  test.each<[string, JsonObject]>([
    [
      "processes",
      { process_exec: { process: { binary: EVIL, arguments: EVIL, pod: { namespace: EVIL, name: EVIL } } } },
    ],
    ["nodes", { process_exec: { process: {} }, node_name: EVIL }],
    ["signals", { process_exit: { process: {}, signal: EVIL, status: EVIL } }],
    ["throttling", { process_throttle: { type: EVIL, cgroup: EVIL } }],
    ["tracepoints", { process_tracepoint: { subsys: EVIL, event: EVIL } }],
    [
      "system calls",
      {
        process_tracepoint: {
          subsys: "raw_syscalls",
          event: "sys_enter",
          args: [{ syscall_id: { abi: EVIL, id: EVIL } }],
        },
      },
    ],
    ["user probes", { process_uprobe: { path: EVIL, symbol: EVIL } }],
    ["static user probes", { process_usdt: { path: EVIL, provider: EVIL, name: EVIL } }],
    ["functions", kprobe(EVIL)],
    ["types", { [EVIL]: { process: {} } }],
    ["times", { process_exec: { process: {} }, time: EVIL }],
    ["messages", kprobe("tcp_sendmsg", [SOCK, { int_arg: EVIL }])],
    [
      "stack traces",
      kprobe("x", [], {
        kernel_stack_trace: [{ address: EVIL, symbol: EVIL, offset: EVIL }],
        user_stack_trace: [{ module: EVIL, symbol: EVIL }],
      }),
    ],
    [
      "hashes",
      { process_lsm: { function_name: "file_open", args: [{ file_arg: { path: EVIL } }], ima_hash: EVIL } },
    ],
    ["libraries", { process_loader: { path: EVIL, buildid: EVIL } }],
    ["connections", { process_connect: { source_ip: EVIL, destination_ip: EVIL, protocol: EVIL } }],
    ["listeners", { process_listen: { ip: EVIL, port: EVIL, protocol: EVIL } }],
  ])("shows control characters of %s as what they are", (_, event) => {
    const shown = print(event, { timestamps: true });
    for (const line of shown.trimEnd().split("\n")) expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test("prints anything at all of values that have another form than expected", () => {
    const odd = [null, 1, "x", [], [null], { args: [null, 1] }, { process: { pod: null, cap: [] } }];
    for (const type of ["process_exec", "process_exit", "process_kprobe", "process_lsm", "process_loader"]) {
      for (const value of odd) expect(print({ [type]: value } as JsonObject)).toEndWith("\n");
    }
  });
});
