/** @module A valid metadata event of each kind. */
import type { MetadataEventName } from "../../src/event/description/index.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";

const first = {
  "@timestamp": "2026-01-01T00:00:00Z",
  event: "agent_init",
  tetragon_version: "v1",
  hostname: "node-1",
  os: "linux",
  pid: 1,
  udp_destination: "127.0.0.1:514",
  udp_buffer_size: 65536,
  uptime: "initialized at 0",
  started_at: "2026-01-01T00:00:00Z",
  start_id: "a",
  sequence: 0,
  config_digest: "b",
  site: "berlin",
};

const later = { ...first, event: "agent_refresh", uptime_seconds: 1, datagrams_sent: 2 ** 40, sequence: 1 };

/** By name; each with a custom field. */
export const METADATA: { readonly [name in MetadataEventName]: JsonObject } = {
  agent_init: first,
  agent_refresh: later,
  agent_stop: { ...later, event: "agent_stop", stop_reason: "signal", stop_detail: "SIGTERM" },
};
