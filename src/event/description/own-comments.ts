/**
 * @module What is said of messages and fields that `proto/` does not have: descriptions in JSON Schemas. Those of Tetragon's
 * API are comments in `proto/`.
 */
import { METADATA_MESSAGES } from "./metadata.ts";

/** Of each metadata event. */
const METADATA = {
  agent_init: "The first event of every start: which agent on which host is speaking.",
  agent_refresh: "Who is speaking, as it is now. Sent again and again, and when something has changed.",
  agent_stop: "The last event of a start that ends in order.",
} as const satisfies Record<keyof typeof METADATA_MESSAGES, string>;

/** Of the fields of metadata events. */
const METADATA_FIELDS: Readonly<Record<string, string>> = {
  "@timestamp": "When the event was made; of agent_init, when the agent started.",
  event: "Which metadata event it is.",
  tetragon_version: "The agent's version.",
  build_commit: "The commit that the agent was built from.",
  build_date: "When the agent was built.",
  hostname: "The host's name.",
  node_name: "The node, as in the agent's events, where it is set.",
  cluster_name: "The cluster, as in the agent's events, where it is set.",
  os: "The operating system.",
  kernel_version: "The kernel's release.",
  pid: "The agent's process.",
  udp_destination: "Where the agent was told to send: host and port.",
  udp_buffer_size: "The size of the agent's send buffer, bytes.",
  uptime: "Always the same text.",
  started_at: "When the agent started.",
  start_id: "Names the start: no two have the same.",
  sequence:
    "Metadata events of this start for the same reader before this one. Copies of one event have one number.",
  uptime_seconds: "Seconds since the start.",
  config_digest: "The same for equal values of all options; no secret is in it.",
  boot_id: "The kernel's: another one after each boot.",
  metadata_interval_seconds: "How often the agent says who it is; absent where it does so once.",
  udp_receiver: "The address and port that datagrams go to now.",
  datagrams_sent: "Datagrams that left for this receiver before this one, those with metadata included.",
  events_sent: "Events that left before this one.",
  bytes_sent: "Bytes that left before this one.",
  dropped_queue_full: "Events that were dropped since the start because the queue was full.",
  dropped_send_failed: "Events that were dropped since the start because they could not be sent.",
  dropped_too_large: "Events that were dropped since the start because they were too large.",
  dropped_refused: "Events that were dropped since the start because the receiver refused them.",
  stop_reason: "Why the agent stopped: signal, end_of_input, no_reader or error.",
  stop_detail: "The signal, or what failed.",
};

const PROCESS: Readonly<Record<string, string>> = {
  process: "The process that did it.",
  parent: "The parent of the process.",
};

const CONNECTION: Readonly<Record<string, string>> = {
  ...PROCESS,
  source_ip: "The address that the connection was opened from.",
  source_port: "The port that the connection was opened from.",
  destination_ip: "The address that the connection was opened to.",
  destination_port: "The port that the connection was opened to.",
  protocol: "The transport protocol.",
};

/** By full name of the message: what it is, and what its fields are. */
const MESSAGES: Readonly<
  Record<string, readonly [message: string, fields: Readonly<Record<string, string>>]>
> = {
  ...Object.fromEntries(
    Object.entries(METADATA_MESSAGES).map(([name, message]) => [
      message.name,
      [METADATA[name as keyof typeof METADATA], METADATA_FIELDS],
    ]),
  ),
  "tetrad.ProcessConnect": ["A connection was opened.", CONNECTION],
  "tetrad.ProcessClose": [
    "A connection was closed.",
    { ...CONNECTION, stats: "What the connection carried." },
  ],
  "tetrad.ProcessListen": [
    "A socket began to listen.",
    {
      ...PROCESS,
      ip: "The address that the socket listens on.",
      port: "The port that the socket listens on.",
      protocol: "The transport protocol.",
    },
  ],
  "tetrad.ConnectionStats": [
    "What a TCP connection carried.",
    {
      bytes_sent: "Bytes that the process sent.",
      bytes_received: "Bytes that the process received.",
      segs_in: "Segments that came in.",
      segs_out: "Segments that went out.",
      retransmits_segs: "Segments that were sent again.",
      srtt: "The smoothed round-trip time.",
    },
  ],
  "tetragon.Process": ["", { filename: "The name that was executed, where that is not binary." }],
};

/** What is said of a message or, with its name, of one of its fields. */
export function ownComment(message: string, field?: string): string | undefined {
  const entry = Object.hasOwn(MESSAGES, message) ? MESSAGES[message] : undefined;
  if (entry === undefined || field === undefined) return entry?.[0] || undefined;
  return Object.hasOwn(entry[1], field) ? entry[1][field] : undefined;
}
