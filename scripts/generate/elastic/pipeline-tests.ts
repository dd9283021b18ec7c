/** @module What the package's pipeline is to make of events, for Elastic's own test of pipelines: what our encoder makes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../../src/elastic/asset.ts";
import { documentOf } from "../../../src/encoding/ecs/document.ts";

const EVENTS = join(import.meta.dir, "../../../test/fixtures/tetragon-events.jsonl");
/** One for each kind of what an event may be. */
const METADATA =
  '{"@timestamp":"2026-11-30T12:00:00Z","event":"agent_init","tetragon_version":"v0.1.0","hostname":"web-1","os":"linux","kernel_version":"6.12.0","pid":812,"uptime":"initialized at 0","started_at":"2026-11-30T12:00:00Z","start_id":"751df5f7-0bf6-4517-9e1b-24c7f0fcbe6e","sequence":0,"config_digest":"4c499291a102103766549942e99a0182","boot_id":"d7addf7b-e38e-47c0-be96-ed53942e86d1"}';

const PROCESS = {
  exec_id: "bjox",
  pid: 7,
  binary: "/usr/bin/vi",
  arguments: '-R "a b"',
  start_time: "2026-11-30T11:00:00Z",
};
const TIME = { node_name: "node-1", time: "2026-11-30T12:00:00.123456789Z" };
/** A call with one argument. */
const call = (function_name: string, argument: Json) => ({
  process_kprobe: { process: PROCESS, function_name, args: [argument], policy_name: "p" },
  ...TIME,
});
/** What real events here lack: a library, a file without its path, a socket without an address. */
const MADE: readonly Json[] = [
  { process_loader: { process: PROCESS, path: "/lib/libc.so.6", buildid: "aGVsbG8=" }, ...TIME },
  call("security_file_open", { file_arg: { permission: "-rwsr-xr-x" } }),
  call("security_file_open", { file_arg: { path: "/etc/shadow", permission: "-rw-r-----" } }),
  call("tcp_connect", { sock_arg: { family: "AF_INET6" } }),
  call("__x64_sys_openat", { string_arg: "/etc/passwd" }),
];

/** The events, one a line. */
export function testLines(): string[] {
  const lines = readFileSync(EVENTS, "utf8").trimEnd().split("\n");
  return [...lines, ...MADE.map((event) => JSON.stringify(event)), METADATA];
}

/** What a pipeline can say of an event: all but who has shipped it, and into which data stream. */
export function expectedDocument(line: string): Json {
  const event = JSON.parse(line) as Json;
  const { agent, data_stream, ...document } = documentOf(event, line, { agent: { version: "" } }) as {
    agent: { ephemeral_id?: string; version: string };
    data_stream: { dataset: string };
  } & Json;
  const { version, ephemeral_id } = agent;
  const said = { ...(version !== "" && { version }), ...(ephemeral_id !== undefined && { ephemeral_id }) };
  return {
    ...document,
    data_stream: { dataset: data_stream.dataset },
    ...(Object.keys(said).length > 0 && { agent: said }),
  };
}
