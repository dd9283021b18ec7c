/** Documents to be read, one of each type of events. `UPDATE_GOLDEN=1` writes the files anew. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { EcsEncoder } from "../../../src/encoding/ecs/encoder.ts";
import { documentOfEvent, generalDocument, REAL_LINES, SETTINGS } from "./support.ts";

const isUpdate = process.env.UPDATE_GOLDEN === "1";
const directory = new URL("golden/", import.meta.url).pathname;
const TIME = "2026-11-30T12:00:00.123456789Z";
const PROCESS = {
  exec_id: "bjox",
  pid: 7,
  uid: 0,
  cwd: "/",
  binary: "/usr/bin/curl",
  arguments: '-H "a b" x',
  flags: "execve clone",
  start_time: "2026-11-30T11:00:00Z",
  auid: 4_294_967_295,
  parent_exec_id: "bjow",
  tid: 8,
};
const SOCKET = {
  family: "AF_INET",
  protocol: "IPPROTO_TCP",
  saddr: "10.0.0.1",
  daddr: "10.0.0.2",
  sport: 1,
  dport: 443,
};

/** Of types of which there is no real event here. */
const MADE: Readonly<Record<string, object>> = {
  process_lsm: {
    process: PROCESS,
    function_name: "file_open",
    policy_name: "files",
    args: [{ file_arg: { path: "/etc/shadow", permission: "-rw-r-----" } }],
  },
  process_tracepoint: {
    process: PROCESS,
    subsys: "sock",
    event: "inet_sock_set_state",
    args: [{ sock_arg: SOCKET }],
    policy_name: "network-events",
    message: "socket_connect",
  },
  process_uprobe: { process: PROCESS, path: "/lib/libc.so.6", symbol: "getaddrinfo", tags: ["dns"] },
  process_usdt: { process: PROCESS, path: "/usr/bin/node", provider: "node", name: "gc__start" },
  process_loader: { process: PROCESS, path: "/lib/libc.so.6", buildid: "aGVsbG8=" },
  process_throttle: { type: "THROTTLE_START", cgroup: "/system.slice" },
  rate_limit_info: { number_of_dropped_process_events: "18446744073709551615" },
  test: { arg0: "1" },
};

const AGENT = {
  "@timestamp": "2026-11-30T12:00:00Z",
  tetragon_version: "v1.2.3",
  hostname: "web-1",
  os: "linux",
  kernel_version: "6.12.0",
  pid: 7,
  uptime: "initialized at 0",
  start_id: "start-1",
  sequence: 0,
  config_digest: "digest",
  boot_id: "boot-1",
};

function goldenDocuments(): Map<string, object> {
  const documents = new Map<string, object>();
  for (const line of REAL_LINES) {
    const [type] = Object.keys(JSON.parse(line) as object);
    if (!documents.has(type!)) documents.set(type!, generalDocument(line));
  }
  for (const [type, payload] of Object.entries(MADE))
    documents.set(type, documentOfEvent({ [type]: payload, node_name: "node-1", time: TIME }));
  documents.set("agent_init", documentOfEvent({ ...AGENT, event: "agent_init" }));
  const later = { ...AGENT, sequence: 1, uptime_seconds: 60 };
  documents.set("agent_refresh", documentOfEvent({ ...later, event: "agent_refresh", events_sent: 3 }));
  documents.set("agent_stop", documentOfEvent({ ...later, event: "agent_stop", stop_reason: "signal" }));
  documents.set("pipeline_error", documentOfEvent({ process_exec: { process: [] }, time: TIME }));
  return documents;
}

describe("documents", () => {
  for (const [name, document] of goldenDocuments()) {
    test(`of ${name} are as they were`, () => {
      const path = `${directory}${name}.json`;
      // The formatter has its own way to write them.
      if (isUpdate) writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
      expect(document).toEqual(JSON.parse(readFileSync(path, "utf8")) as object);
    });
  }

  test("of lines are written with a newline, whatever room there is", () => {
    const encoder = new EcsEncoder(SETTINGS);
    for (const line of [...REAL_LINES, "no event"]) {
      const source = Buffer.from(`${line}\n`);
      const whole = Buffer.from(encoder.lineOf(source)).toString();
      const room = Buffer.alloc(100);
      expect(encoder.encodeLine(source, 0, source.length, room, 0)).toBeGreaterThan(room.length);
      expect(JSON.parse(whole)).toEqual(JSON.parse(encoder.textOf(source, 0, source.length)));
      expect(whole.endsWith("}\n")).toBe(true);
    }
  });
});
