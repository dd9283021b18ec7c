/**
 * @module The metadata events of an agent: the first of a start, those that say the same again as it is now, and the last.
 * They stand in JSON alone, so their fields have no numbers.
 */
import { type FieldDescriptor, field, MessageDescriptor } from "./descriptor.ts";

/** The names of metadata events, in the order of an agent's life. */
export const METADATA_EVENTS = ["agent_init", "agent_refresh", "agent_stop"] as const;

/** The name of a metadata event. */
export type MetadataEventName = (typeof METADATA_EVENTS)[number];

/** Why an agent stopped. */
export const STOP_REASONS = ["signal", "end_of_input", "no_reader", "error"] as const;

/** Why an agent stopped: a signal, the end of all sources, nobody left to take events, sources that failed. */
export type StopReason = (typeof STOP_REASONS)[number];

/** What every metadata event says: what the host or the build does not know is left out. */
type Facts<Name extends MetadataEventName> = {
  "@timestamp": string;
  event: Name;
  tetragon_version: string;
  build_commit?: string | undefined;
  build_date?: string | undefined;
  hostname?: string | undefined;
  node_name?: string | undefined;
  cluster_name?: string | undefined;
  os: "linux";
  kernel_version?: string | undefined;
  pid: number;
  udp_destination?: string | undefined;
  udp_buffer_size?: number | undefined;
  uptime: "initialized at 0";
};

/** Which start of which agent it is, and what it was told to do. An agent of another make does not say. */
type Start = {
  start_id: string;
  sequence: number;
  started_at?: string | undefined;
  config_digest: string;
  boot_id?: string | undefined;
  metadata_interval_seconds?: number | undefined;
};

/** What has become of an exporter's events, up to the moment that the event was made. */
type Counts = {
  udp_receiver?: string | undefined;
  datagrams_sent?: number | undefined;
  events_sent?: number | undefined;
  bytes_sent?: number | undefined;
  dropped_queue_full?: number | undefined;
  dropped_send_failed?: number | undefined;
  dropped_too_large?: number | undefined;
  dropped_refused?: number | undefined;
};

/** The metadata event `agent_init`. */
export type AgentInit = Facts<"agent_init"> & Partial<Start> & Counts;
/** The metadata event `agent_refresh`. */
export type AgentRefresh = Facts<"agent_refresh"> & Start & Counts & { uptime_seconds: number };
/** The metadata event `agent_stop`. */
export type AgentStop = Facts<"agent_stop"> &
  Start &
  Counts & { uptime_seconds: number; stop_reason: StopReason; stop_detail?: string | undefined };
/** A metadata event. */
export type AgentMetadata = AgentInit | AgentRefresh | AgentStop;

const REQUIRED = { presence: "required" } as const;
const OPTIONAL = { presence: "optional" } as const;
const literal = (value: string) => ({ kind: "literal", value }) as const;

/** The fields of all metadata events, in the order in which they are written. Custom fields follow. */
function fieldsOf(name: MetadataEventName): FieldDescriptor[] {
  const isFirst = name === "agent_init";
  const unlessFirst = isFirst ? OPTIONAL : REQUIRED;
  return [
    field("@timestamp", undefined, "utc_time", REQUIRED),
    field("event", undefined, literal(name), REQUIRED),
    field("tetragon_version", undefined, "string", REQUIRED),
    field("build_commit", undefined, "string", OPTIONAL),
    field("build_date", undefined, "string", OPTIONAL),
    field("hostname", undefined, "string", OPTIONAL),
    field("node_name", undefined, "string", OPTIONAL),
    field("cluster_name", undefined, "string", OPTIONAL),
    field("os", undefined, literal("linux"), REQUIRED),
    field("kernel_version", undefined, "string", OPTIONAL),
    field("pid", undefined, "uint32_number", REQUIRED),
    field("udp_destination", undefined, "string", OPTIONAL),
    field("udp_buffer_size", undefined, "uint32_number", OPTIONAL),
    field("uptime", undefined, literal("initialized at 0"), REQUIRED),
    field("started_at", undefined, "utc_time", OPTIONAL),
    field("start_id", undefined, "string", unlessFirst),
    field("sequence", undefined, "count_number", unlessFirst),
    ...(isFirst ? [] : [field("uptime_seconds", undefined, "count_number", REQUIRED)]),
    field("config_digest", undefined, "string", unlessFirst),
    field("boot_id", undefined, "string", OPTIONAL),
    field("metadata_interval_seconds", undefined, "seconds_number", OPTIONAL),
    field("udp_receiver", undefined, "string", OPTIONAL),
    field("datagrams_sent", undefined, "count_number", OPTIONAL),
    field("events_sent", undefined, "count_number", OPTIONAL),
    field("bytes_sent", undefined, "count_number", OPTIONAL),
    field("dropped_queue_full", undefined, "count_number", OPTIONAL),
    field("dropped_send_failed", undefined, "count_number", OPTIONAL),
    field("dropped_too_large", undefined, "count_number", OPTIONAL),
    field("dropped_refused", undefined, "count_number", OPTIONAL),
    ...(name === "agent_stop"
      ? [
          field("stop_reason", undefined, "string", REQUIRED),
          field("stop_detail", undefined, "string", OPTIONAL),
        ]
      : []),
  ];
}

/** The first metadata event of every start. Six fields are always known. */
export const AgentInit = new MessageDescriptor<AgentInit>("tetrad.AgentInit", () => fieldsOf("agent_init"));

/** A later metadata event: who is speaking, as it is now. */
export const AgentRefresh = new MessageDescriptor<AgentRefresh>("tetrad.AgentRefresh", () =>
  fieldsOf("agent_refresh"),
);

/** The last metadata event of a start that ends in order. */
export const AgentStop = new MessageDescriptor<AgentStop>("tetrad.AgentStop", () => fieldsOf("agent_stop"));

/** The description of each metadata event. */
export const METADATA_MESSAGES = {
  agent_init: AgentInit,
  agent_refresh: AgentRefresh,
  agent_stop: AgentStop,
} as const satisfies Record<MetadataEventName, MessageDescriptor>;
