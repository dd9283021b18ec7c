/**
 * @module Event types of older versions, which Tetragon's API lacks. They stand in JSON alone, so their fields have no
 * numbers. Metadata events are in `metadata.ts`.
 */
import { type FieldDescriptor, field, MessageDescriptor } from "./descriptor.ts";
import { GetEventsResponse } from "./generated/events.ts";
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
 * Event types that stand in published event files and not in the API, by the field that holds them. The agent
 * validates and shortens them like others that the API lacks, by their process and parent: what is known of them here says
 * what they are in ECS and in JSON Schemas.
 */
export const ADDED_EVENT_TYPES: ReadonlyMap<string, MessageDescriptor> = new Map([
  ["process_connect", ProcessConnect],
  ["process_close", ProcessClose],
  ["process_listen", ProcessListen],
]);

/**
 * An event of any type that is described, as `tetrad schema` and `tetrad listen --validate` have it. The agent itself checks
 * by what is in the API: it passes on what another release writes.
 */
export const DescribedEvent = new MessageDescriptor(GetEventsResponse.name, () => {
  const fields = [...GetEventsResponse.fields.values()];
  const added = [...ADDED_EVENT_TYPES].map(([name, type]) =>
    field(name, undefined, type, { oneof: "event" }),
  );
  const afterTypes = fields.findLastIndex(({ oneof }) => oneof !== undefined) + 1;
  return fields.toSpliced(afterTypes, 0, ...added);
});
