/** @module Documents in tests, and events as they are in the field. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { EcsEncoder } from "../../../src/encoding/ecs/encoder.ts";
import { LineDocuments, NOT_SURE } from "../../../src/encoding/ecs/fast/fast.ts";
import type { EcsSettings } from "../../../src/encoding/ecs/settings.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";

/** An agent of whom all is known. */
export const SETTINGS: EcsSettings = {
  agent: { version: "v1.2.3", id: "0123456789abcdef", startId: "start-1" },
  now: () => Date.UTC(2026, 10, 30, 12),
};

/** Real events, a line each, without newlines. */
export const REAL_LINES: readonly string[] = readFileSync(
  new URL("../../fixtures/tetragon-events.jsonl", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n");

const encoders = new Map<EcsSettings, EcsEncoder>();
const target = Buffer.alloc(8 * 1024 * 1024);

/** The document of a line by the description, as its text without the newline. */
export function generalText(line: string, settings: EcsSettings = SETTINGS): string {
  const source = Buffer.from(`${line}\n`);
  const encoder = encoders.get(settings) ?? new EcsEncoder(settings);
  encoders.set(settings, encoder);
  const end = encoder.writeByDescription(source, 0, source.length, target, 0);
  return target.toString("utf8", 0, end - 1);
}

/** The same, parsed. */
export function generalDocument(line: string, settings: EcsSettings = SETTINGS): JsonObject {
  return JSON.parse(generalText(line, settings)) as JsonObject;
}

/** The document of an event, parsed. */
export function documentOfEvent(event: object, settings: EcsSettings = SETTINGS): JsonObject {
  return generalDocument(JSON.stringify(event), settings);
}

/** Writes documents without an object in between. */
export class FastDocuments {
  readonly #lines: LineDocuments;

  constructor(settings: EcsSettings = SETTINGS) {
    this.#lines = LineDocuments.make(settings)!;
  }

  /** The document's text without the newline; `undefined` where it is not sure. */
  text(line: string): string | undefined {
    const source = Buffer.from(`${line}\n`);
    const place = { start: 0, end: source.length, isWhole: false };
    const end = this.#lines.write(source, place, target, 0);
    return end === NOT_SURE ? undefined : target.toString("utf8", 0, end - 1);
  }
}

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Mostly what is usual: an event has many values, and one odd one makes it odd. */
const mostly = <T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ arbitrary: usual, weight: 60 }, { arbitrary: odd, weight: 1 });

const path = fc.constantFrom(
  "/usr/bin/curl",
  "/etc/shadow",
  "/a.tar.gz",
  "/tmp/",
  "relative",
  "<kernel>",
  "/x/.bashrc",
);
const words = fc
  .array(
    fc.constantFrom("-c", '"', " ", "  ", '"a b"', '""', "x", "ä", "\\", '\\"', "/", "-H 'k: v'", 'a"b'),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(""));
const name = fc.constantFrom("a", "curl", "xwing", "größe", "app.kubernetes.io/name", "O'Brien");
const goodTime = fc.constantFrom(
  "2026-11-30T12:00:00.123456789Z",
  "2024-02-29T00:00:59Z",
  "2025-12-31T23:59:59.5+02:00",
);
const badTime = fc.constantFrom(
  "2026-02-30T12:00:00Z",
  "2026-06-31T12:00:00Z",
  "2024-02-29T00:00:60Z",
  "0001-01-01T00:00:00Z",
  "1999-12-31T00:00:00Z",
);
const time = mostly(goodTime, badTime);
const id = fc.constantFrom(0, 1, 1000, 4_294_967_295);
const labels = mostly(
  fc.dictionary(fc.constantFrom("app", "app.kubernetes.io/name", "a", "a.b"), name, { minKeys: 1 }),
  fc.constant<Record<string, string>>({ 'q"': "x", "": "y" }),
);
const pod = fc.record({
  namespace: some(name),
  name: some(name),
  uid: some(name),
  container: some(
    fc.record({
      id: some(fc.constant("containerd://abc")),
      name: some(name),
      image: some(fc.record({ id: some(name), name: some(name) })),
      start_time: some(time),
      pid: some(id),
      security_context: some(fc.record({ privileged: some(fc.boolean()) })),
    }),
  ),
  pod_labels: some(labels),
  workload: some(name),
  workload_kind: some(fc.constantFrom("Deployment", "DaemonSet", "Pod", "CronJob")),
  pod_annotations: some(labels),
});

const processes = fc.record({
  exec_id: some(name),
  pid: some(id),
  uid: some(id),
  cwd: some(path),
  binary: some(path),
  arguments: some(words),
  flags: some(fc.constant("execve clone")),
  start_time: some(time),
  auid: some(id),
  pod: some(pod),
  docker: some(name),
  parent_exec_id: some(name),
  cap: some(
    fc.record({ permitted: mostly(fc.constant(["CAP_CHOWN", "CAP_KILL"]), fc.constant<string[]>([])) }),
  ),
  tid: some(id),
  process_credentials: some(fc.record({ uid: some(id), gid: some(id), suid: some(id), sgid: some(id) })),
  user: some(fc.record({ name: some(name) })),
  environment_variables: mostly(fc.constant(undefined), fc.array(fc.record({ Key: name, Value: name }))),
});

const address = fc.constantFrom("10.0.0.1", "127.0.0.1", "0.0.0.0", "::", "fe80::1", "::ffff:10.0.0.1");
const socket = fc.record({
  family: some(fc.constantFrom("AF_INET", "AF_INET6", "AF_UNIX")),
  protocol: some(fc.constantFrom("IPPROTO_TCP", "TCP", "IPPROTO_UDP")),
  saddr: some(mostly(address, fc.constantFrom("not one", ""))),
  daddr: some(address),
  sport: some(fc.nat(65535)),
  dport: some(fc.nat(65535)),
  cookie: some(fc.constantFrom("18446744073709551615", 7)),
});
const file = fc.record({
  path: some(path),
  permission: some(fc.constantFrom("-rw-r--r--", "drwxrwxrwt", "-rwsr-xr-x", "odd")),
});
const number = fc.integer({ min: -22, max: 15 });
const argument = fc.oneof(
  fc.record({ string_arg: path }),
  fc.record({ int_arg: number }),
  fc.record({ uint_arg: fc.nat(15) }),
  fc.record({ long_arg: fc.oneof(number, fc.constantFrom("-1", "7")) }),
  fc.record({ size_arg: fc.constantFrom("18446744073709551615", 1) }),
  fc.record({ sock_arg: socket }),
  fc.record({ skb_arg: socket }),
  fc.record({ file_arg: file }),
  fc.record({ path_arg: file, label: name }),
  fc.record({ linux_binprm_arg: file }),
  fc.record({
    sockaddr_arg: fc.record({ family: some(fc.constant("AF_INET")), addr: some(address), port: some(id) }),
  }),
);
const call = fc.constantFrom(
  ..."tcp_connect __x64_sys_openat security_file_permission security_path_rename sys_symlinkat fd_install".split(
    " ",
  ),
  ..."security_socket_bind inet_csk_listen_start tcp_close cap_capable bprm_check_security unheard_of".split(
    " ",
  ),
  ..."sys_enter_execve sys_enter_unlinkat file_open commit_creds".split(" "),
);
const policy = {
  policy_name: some(name),
  message: some(fc.constantFrom("socket_connect", "file_open", 'a "quoted" one', "ä")),
  tags: some(fc.array(name, { minLength: 1, maxLength: 2 })),
  action: some(mostly(fc.constantFrom("KPROBE_ACTION_POST", "KPROBE_ACTION_OVERRIDE"), fc.constant(3))),
  args: some(fc.array(argument, { minLength: 1, maxLength: 4 })),
};
const both = {
  process: some(processes),
  parent: some(processes),
  ancestors: some(fc.array(processes, { minLength: 1, maxLength: 1 })),
};

/** What happened, by type of events. */
const PAYLOADS = {
  process_exec: fc.record(both),
  process_exit: fc.record({
    ...both,
    signal: some(mostly(fc.constant("SIGKILL"), fc.constant(""))),
    status: some(fc.nat(3)),
    time: some(time),
  }),
  process_kprobe: fc.record({
    ...both,
    ...policy,
    function_name: some(call),
    return: some(argument),
    data: some(fc.array(argument, { minLength: 1, maxLength: 1 })),
  }),
  process_lsm: fc.record({ ...both, ...policy, function_name: some(call) }),
  process_tracepoint: fc.record({
    ...both,
    ...policy,
    subsys: some(fc.constantFrom("syscalls", "sock")),
    event: some(call),
  }),
  process_uprobe: fc.record({ ...both, ...policy, path: some(path), symbol: some(name) }),
  process_usdt: fc.record({ ...both, ...policy, provider: some(name) }),
  process_loader: fc.record({ ...both, path: some(path), buildid: some(fc.constant("aGVsbG8=")) }),
  process_throttle: fc.record({ type: some(fc.constant("THROTTLE_START")), cgroup: some(name) }),
  rate_limit_info: fc.record({ number_of_dropped_process_events: some(fc.constantFrom("7", 7)) }),
  test: fc.record({ arg0: some(fc.constantFrom("18446744073709551615", 3)) }),
} as const;

/** Events as they are in the field, odd ones among them, of each type of the API. */
export const fieldEvents: fc.Arbitrary<JsonObject> = fc.oneof(
  ...Object.entries(PAYLOADS).map(([type, payload]) =>
    fc
      .tuple(
        payload as fc.Arbitrary<JsonObject>,
        fc.record({
          node_name: some(name),
          time: mostly(fc.constant("2026-11-30T12:00:00.1Z"), some(time)),
          cluster_name: some(name),
          node_labels: some(labels),
          aggregation_info: some(fc.record({ count: fc.constant("3") })),
        }),
      )
      .map(([happened, common]): JsonObject => ({ [type]: happened, ...common })),
  ),
);

/** The event as Tetragon writes it: without what is empty. */
export function tidied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(tidied);
  const members = Object.entries(value).map(([key, inner]) => [key, tidied(inner)] as const);
  const isThere = (inner: unknown) => inner !== undefined && !["{}", "[]"].includes(JSON.stringify(inner));
  return Object.fromEntries(members.filter(([, inner]) => isThere(inner)));
}

/** The event as Tetragon's builds write it, some of them with a space behind commas. */
export function lineOf(event: object, hasSpaces: boolean): string {
  const line = JSON.stringify(event);
  return hasSpaces ? spaced(line) : line;
}

function spaced(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|,/g, (token) => (token === "," ? ", " : token));
}
