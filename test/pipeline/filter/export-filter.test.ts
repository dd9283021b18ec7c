import { describe, expect, test } from "bun:test";
import { createTestPipeline, type Json, messageOf, process } from "../support.ts";

type JsonMap = { readonly [key: string]: Json };

const POD: JsonMap = {
  namespace: "default",
  name: "web-5d9",
  pod_labels: { app: "web", "x.io/tier": "front" },
  container: { id: "containerd://abc", name: "nginx", maybe_exec_probe: true },
};
const EXEC: JsonMap = {
  process: {
    pid: 12,
    binary: "/usr/bin/curl",
    arguments: "-s https://x",
    docker: "abcdef0123",
    pod: POD,
    in_init_tree: true,
    cap: { effective: ["CAP_BPF", "CAP_KILL"], permitted: ["CAP_KILL"] },
  },
  parent: { pid: 1, binary: "/bin/bash", arguments: "-c x" },
  ancestors: [{ binary: "/sbin/init" }, { binary: "/usr/bin/containerd" }],
};
const exec = { process_exec: EXEC, time: "2024-01-01T00:00:00Z" };
const bare = { process_exec: { process: { binary: "/bin/true" } } };
const kprobe = { process_kprobe: { process: { pid: 12 }, policy_name: "files" } };
const throttle = { process_throttle: { type: "THROTTLE_START", cgroup: "x" } };
const loader = { process_loader: { process: { binary: "/bin/ld", pid: 7 } } };
const usdt = { process_usdt: { process: { pid: 3 }, policy_name: "files" } };
/** A type of older Tetragons. */
const connect = { process_connect: EXEC };
/** Of a type that nobody knows, without a process. */
const nothing = { event_of_tomorrow: {}, node_name: "n" };

const EVENTS: Readonly<Record<string, Json>> = {
  exec,
  bare,
  kprobe,
  throttle,
  loader,
  usdt,
  connect,
  nothing,
};

/** Names of the events that a filter matches. */
function matched(filter: Json | string, enablePidSetFilter = false): string[] {
  const exportAllowlist = typeof filter === "string" ? filter : JSON.stringify(filter);
  return Object.keys(EVENTS).filter(
    (name) => process({ exportAllowlist, enablePidSetFilter }, EVENTS[name]!).length === 1,
  );
}

const ALL = Object.keys(EVENTS);

describe("filters of one key", () => {
  test.each<[Json, string[]]>([
    [{ event_set: ["PROCESS_EXEC"] }, ["exec", "bare"]],
    [{ event_set: ["EXEC", "PROCESS_KPROBE"] }, ["exec", "bare", "kprobe"]],
    [{ event_set: [27] }, ["throttle"]],
    // Types that Tetragon does not have, and no type at all.
    [{ event_set: ["UNDEF"] }, ["connect", "nothing"]],

    [{ namespace: ["default"] }, ["exec", "connect"]],
    [{ namespace: ["Default", "defaul"] }, []],
    // No pod; never without a process.
    [{ namespace: [""] }, ["bare", "kprobe", "loader", "usdt"]],
    [{ namespace: ["", "default"] }, ["exec", "bare", "kprobe", "loader", "usdt", "connect"]],
    [{ namespace: ["a", "b", "c", "d", "e", "f", "g", "h", "default"] }, ["exec", "connect"]],
    [{ namespace_regex: ["^def"] }, ["exec", "connect"]],
    [{ namespace_regex: [""] }, ["exec", "connect"]],

    [{ health_check: true }, ["exec", "connect"]],
    [{ health_check: false }, ["bare", "kprobe", "throttle", "loader", "usdt", "nothing"]],

    [{ pid: [12] }, ["exec", "kprobe", "connect"]],
    // Absent is 0 in protobuf.
    [{ pid: [0] }, ["bare"]],
    [{ pid: ["7", 3] }, ["loader", "usdt"]],

    [{ binary_regex: ["curl$"] }, ["exec", "connect"]],
    [{ binary_regex: ["^/bin/", "nomatch"] }, ["bare", "loader"]],
    // Matches everything that has a process, also without a binary.
    [{ binary_regex: [""] }, ["exec", "bare", "kprobe", "loader", "usdt", "connect"]],
    [{ arguments_regex: ["https?://"] }, ["exec", "connect"]],
    [{ arguments_regex: ["^$"] }, ["bare", "kprobe", "loader", "usdt"]],
    [{ parent_binary_regex: ["bash"] }, ["exec", "connect"]],
    [{ parent_binary_regex: [""] }, ["exec", "connect"]],
    [{ parent_arguments_regex: ["-c"] }, ["exec", "connect"]],
    [{ ancestor_binary_regex: ["containerd"] }, ["exec", "connect"]],
    // The parent is not an ancestor.
    [{ ancestor_binary_regex: ["bash"] }, []],
    [{ ancestor_binary_regex: [""] }, ["exec", "connect"]],
    [{ pod_regex: ["^web-"] }, ["exec", "connect"]],
    [{ pod_regex: [""] }, ["exec", "connect"]],
    [{ container_id: ["^abc"] }, ["exec", "connect"]],
    [{ container_id: ["^$"] }, ["bare", "kprobe", "loader", "usdt"]],
    [{ container_name_regex: ["ngin"] }, ["exec", "connect"]],
    [{ container_name_regex: [""] }, ["exec", "connect"]],

    [{ labels: ["app=web"] }, ["exec", "connect"]],
    [{ labels: ["app=db", "x.io/tier in (front, back)"] }, ["exec", "connect"]],
    [{ labels: ["app=web,!x.io/tier"] }, []],
    // Without a pod, not even the selector that selects everything matches.
    [{ labels: [""] }, ["exec", "connect"]],
    [{ labels: ["!other"] }, ["exec", "connect"]],

    // As in Tetragon, process_usdt events are not asked for their policy.
    [{ policy_names: ["files", "x"] }, ["kprobe"]],
    [{ policy_names: [""] }, []],

    [{ in_init_tree: true }, ["exec", "connect"]],
    [{ in_init_tree: false }, ["bare", "kprobe", "loader", "usdt"]],

    [{ capabilities: { effective: { any: ["CAP_KILL", "CAP_CHOWN"] } } }, ["exec", "connect"]],
    [{ capabilities: { effective: { any: ["CAP_CHOWN"] } } }, []],
    [{ capabilities: { effective: { all: ["CAP_KILL", 39] } } }, ["exec", "connect"]],
    [{ capabilities: { permitted: { all: ["CAP_KILL", "CAP_BPF"] } } }, []],
    [{ capabilities: { permitted: { exactly: ["CAP_KILL"] } } }, ["exec", "connect"]],
    [{ capabilities: { effective: { exactly: ["CAP_KILL"] } } }, []],
    [{ capabilities: { inheritable: { none: ["CAP_KILL"] } } }, ["exec", "connect"]],
    [{ capabilities: { permitted: { none: ["CAP_KILL"] } } }, []],
    [{ capabilities: { permitted: { any: ["CAP_KILL"] }, effective: { any: ["CAP_CHOWN"] } } }, []],
    // Any process whose capabilities are known.
    [{ capabilities: {} }, ["exec", "connect"]],

    [{ cel_expression: ["process_exec.process.pid == 12u"] }, ["exec"]],
    [{ cel_expression: ["false", "process_kprobe.policy_name == 'files'"] }, ["kprobe"]],

    // No key, or only empty ones: every event.
    [{}, ALL],
    [{ namespace: [], binary_regex: null, event_set: [] }, ALL],
  ])("%j", (filter, expected) => {
    expect(matched(filter)).toEqual(expected);
  });
});

describe("CEL expressions are asked about the event types that they name", () => {
  const denied = (...expressions: string[]) =>
    createTestPipeline({ exportDenylist: JSON.stringify({ cel_expression: expressions }) })
      .run(...Object.values(EVENTS))
      .map((line) => Object.keys(JSON.parse(line))[0]!);
  const all = Object.values(EVENTS).map((event) => Object.keys(event as object)[0]!);

  test.each<[string[], string[]]>([
    [["process_exec.process.binary != '/bin/sh'"], ["process_exec"]],
    [["!has(process_kprobe.parent)"], ["process_kprobe"]],
    [
      ["size(process_loader.path) == 0 || process_throttle.cgroup == ''"],
      ["process_loader", "process_throttle"],
    ],
    [["[1, 2].exists(process_exec, process_exec == 1)"], []],
    [["true"], []],
    [["tetragon.KprobeAction.KPROBE_ACTION_POST == 1"], []],
    // The first has no value.
    [["process_kprobe.args[7].label == 'x'", "process_kprobe.policy_name == 'files'"], ["process_kprobe"]],
  ])("%j", (expressions, dropped) => {
    expect(denied(...expressions)).toEqual(all.filter((type) => !dropped.includes(type)));
  });
});

describe("lists of filters", () => {
  test("keys of a filter are ANDed, filters ORed", () => {
    expect(matched({ event_set: ["EXEC"], namespace: [""] })).toEqual(["bare"]);
    expect(matched('{"pid":[3]}\n{"event_set":["THROTTLE"]}{"binary_regex":["ld"],"pid":[7]}')).toEqual([
      "throttle",
      "loader",
      "usdt",
    ]);
    expect(matched({ event_set: ["EXEC"], namespace: ["default"], pid: [12], labels: ["app"] })).toEqual([
      "exec",
    ]);
  });

  test("denied beats allowed, an empty allowlist allows all, and what is dropped is counted", () => {
    const both = createTestPipeline({
      exportAllowlist: '{"event_set":["EXEC","KPROBE"]}',
      exportDenylist: '{"health_check":true}{"pid":[3]}',
    });
    expect(both.run(...Object.values(EVENTS)).map((line) => JSON.parse(line))).toEqual([bare, kprobe]);
    expect(both.counters).toMatchObject({ read: 8, filtered: 6, accepted: 2, invalid: 0 });
    const deny = process({ exportDenylist: '{"namespace":["","default"]}' }, ...Object.values(EVENTS));
    expect(deny).toEqual([throttle, nothing]);
    expect(process({ exportDenylist: "{}" }, exec)).toEqual([]);
  });

  test("lines that pass leave as the bytes they came in", () => {
    const line =
      '{ "process_exec" : {"process":{"pid":"12","binary":"\\u002fa"}}, "x": 12345678901234567890 }';
    expect(createTestPipeline({ exportAllowlist: '{"pid":[12]}' }).run(line)).toEqual([line]);
  });

  test("no event, however odd, makes a filter throw", () => {
    const odd: Json[] = [
      { process_exec: { process: null } },
      { process_exec: { process: [] } },
      { process_exec: { process: { pid: {}, pod: 1, cap: "x", binary: 5 }, ancestors: 3, parent: "x" } },
      { process_exec: { process: { cap: { effective: {} }, pod: { pod_labels: [], container: 1 } } } },
      { process_kprobe: { policy_name: 7, ancestors: [1, null, []] } },
    ];
    for (const [key, value] of [
      ["pid", [1]],
      ["labels", ["a"]],
      ["capabilities", { effective: { any: ["CAP_BPF"] } }],
      ["ancestor_binary_regex", ["x"]],
      ["policy_names", ["x"]],
      ["container_name_regex", ["x"]],
      ["cel_expression", ["process_exec.process.pid == 1u", "process_kprobe.ancestors.exists(a, true)"]],
    ] as const) {
      const { run, counters } = createTestPipeline({
        validate: "off",
        exportAllowlist: JSON.stringify({ [key]: value }),
      });
      run(...odd);
      expect(counters.invalid).toBe(0);
    }
  });
});

describe("pid_set", () => {
  const child = (pid: number, parent: number) => ({
    process_exec: { process: { pid }, parent: { pid: parent } },
  });

  test("matches listed processes and all their descendants that it has seen", () => {
    const events = [child(5, 1), child(10, 9), child(11, 10), child(12, 11), child(13, 99), child(12, 1)];
    const kept = process({ exportAllowlist: '{"pid_set":[10]}', enablePidSetFilter: true }, ...events);
    expect(kept).toEqual([child(10, 9), child(11, 10), child(12, 11), child(12, 1)]);
  });

  test("learns from events that other keys of its filter drop only where Tetragon does", () => {
    const exit = { process_exit: { process: { pid: 11 }, parent: { pid: 10 } } };
    // event_set comes after pid_set in Tetragon, binary_regex before it.
    const late = { exportAllowlist: '{"event_set":["EXEC"],"pid_set":[10]}', enablePidSetFilter: true };
    expect(process(late, exit, child(12, 11))).toEqual([child(12, 11)]);
    const early = { exportAllowlist: '{"binary_regex":["x"],"pid_set":[10]}', enablePidSetFilter: true };
    expect(process(early, exit, child(12, 11))).toEqual([]);
  });

  test("needs --enable-pid-set-filter", () => {
    const message = messageOf(() => createTestPipeline({ exportDenylist: '{} {"pid_set":[1]}' }));
    expect(message).toStartWith('Cannot use --export-denylist, filter 2, key "pid_set": ');
    expect(message).toContain("--enable-pid-set-filter");
  });
});

describe("mistakes", () => {
  test.each([
    [
      '{"binary_regex":["ok","a(b"]}',
      "missing closing )",
      '  {"binary_regex":["ok","a(b"]}\n                            ^',
    ],
    ['{"labels":["a in b"]}', 'found "b", needs "("', '  {"labels":["a in b"]}\n                   ^'],
    [
      '{"capabilities":{"effective":{"any":["CAP_BPF"],"all":["CAP_BPF"]}}}',
      'key "capabilities.effective": found any and all, needs exactly one of any, all, exactly, none',
      "^",
    ],
    ['{"capabilities":{"effective":{"any":[]}}}', "found none, needs exactly one", "^"],
    [
      '{"cel_expression":["process_exec.process.nope == 1"]}',
      'tetragon.Process has no field "nope"',
      '"process_exec.process.nope == 1"]}\n                                          ^',
    ],
    ['{"cel_expression":["1 +"]}', "found the end, needs an expression", "^"],
    [
      '{"cel_expression":["\\"a\\" == 1"]}',
      'no matching overload for "=="',
      '  {"cel_expression":["\\"a\\" == 1"]}\n                            ^',
    ],
  ])("%s is found at start, with a caret", (exportAllowlist, message, picture) => {
    const problem = messageOf(() => createTestPipeline({ exportAllowlist }));
    expect(problem).toStartWith("Cannot use --export-allowlist, filter 1, key ");
    expect(problem).toContain(message);
    expect(problem).toContain(picture);
  });

  test("mistakes of all options are found together", () => {
    const problem = messageOf(() =>
      createTestPipeline({
        exportAllowlist: '{"a":1}{"binary_regex":["("],"labels":["="]}',
        exportDenylist: "[",
        fieldFilters: '{"fields":"process..pid"}',
        redactionFilters: '{"redact":["("]}',
      }),
    );
    expect(problem.match(/^Cannot use /gm)).toHaveLength(6);
  });

  test("a CEL expression without a value is warned of once, and is not a match", () => {
    const { run, warnings } = createTestPipeline({
      exportAllowlist:
        '{"cel_expression":["process_kprobe.args[0].label == \'x\'","process_kprobe.policy_name == \'files\'"]}',
    });
    const other = { process_kprobe: { policy_name: "other" } };
    expect(run(other, kprobe, exec)).toEqual([JSON.stringify(kprobe)]);
    expect(warnings).toEqual([
      "The cel_expression of --export-allowlist, filter 1, has no value for some events: index out of bounds",
    ]);
  });
});
