/**
 * @module Messages that Tetragon's API lacks: event types of older versions, and the metadata event. They stand in
 * JSON alone, so their fields have no numbers.
 */
import { type FieldDescriptor, field, MessageDescriptor } from "./descriptor.ts";
import { Process } from "./generated/tetragon.ts";

/** A field of a message that protobuf does not have. */
const property = (name: string, type: Parameters<typeof field>[2]): FieldDescriptor =>
  field(name, undefined, type);

const processes = (): FieldDescriptor[] => [property("process", Process), property("parent", Process)];

const connection = (): FieldDescriptor[] => [
  property("source_ip", "string"),
  property("source_port", "uint32"),
  property("destination_ip", "string"),
  property("destination_port", "uint32"),
];

/** What a TCP connection carried. */
export const ConnectionStats = new MessageDescriptor("tetrad.ConnectionStats", () => [
  property("bytes_sent", "uint64"),
  property("bytes_received", "uint64"),
  property("segs_in", "uint32"),
  property("segs_out", "uint32"),
  property("retransmits_segs", "uint32"),
  property("srtt", "uint32"),
]);

/** A connection was opened. */
export const ProcessConnect = new MessageDescriptor("tetrad.ProcessConnect", () => [
  ...processes(),
  ...connection(),
  property("protocol", "string"),
]);

/** A connection was closed. */
export const ProcessClose = new MessageDescriptor("tetrad.ProcessClose", () => [
  ...processes(),
  ...connection(),
  property("stats", ConnectionStats),
  property("protocol", "string"),
]);

/** A socket began to listen. */
export const ProcessListen = new MessageDescriptor("tetrad.ProcessListen", () => [
  ...processes(),
  property("ip", "string"),
  property("port", "uint32"),
  property("protocol", "string"),
]);

/**
 * Event types that stand in published event files and not in the API, by the field that holds them. They are validated
 * and shortened like others that the API lacks, by their process and parent: what is known of them here says what they
 * are in ECS.
 */
export const ADDED_EVENT_TYPES: ReadonlyMap<string, MessageDescriptor> = new Map([
  ["process_connect", ProcessConnect],
  ["process_close", ProcessClose],
  ["process_listen", ProcessListen],
]);

/** The metadata event: what the host or the build does not know is left out. */
export type AgentInit = {
  "@timestamp": string;
  event: "agent_init";
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

const REQUIRED = { presence: "required" } as const;
const OPTIONAL = { presence: "optional" } as const;
const literal = (value: string) => ({ kind: "literal", value }) as const;

/** The metadata event, `agent_init`: the first datagram of every start. Six fields are always known. */
export const AgentInit = new MessageDescriptor<AgentInit>("tetrad.AgentInit", () => [
  field("@timestamp", undefined, "utc_time", REQUIRED),
  field("event", undefined, literal("agent_init"), REQUIRED),
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
]);
