/** @module What the check says of each of the five fields of Elastic's document, and the likely cause of what is missing. */
import type { Json } from "../asset.ts";
import { valueAt } from "./index-view.ts";
import type { Probe } from "./probes.ts";

/** The fields that the document wants to see. */
export const FIELDS = ["event.dataset", "process.name", "destination.ip", "event.action", "message"] as const;

/** What was seen. */
export interface Seen {
  /** What was done, with its event where one has come. */
  readonly probes: readonly { readonly probe: Probe; readonly event: Json | undefined }[];
  /** Events that could not be mapped, of the last quarter of an hour. */
  readonly errors: { readonly total: number; readonly reasons: readonly string[] };
  /** How old the newest event is, milliseconds; absent where there is none. */
  readonly newestAgeMs: number | undefined;
  /** What events are to say. */
  readonly dataset: string | undefined;
  /** Events lost, as agents say of themselves. */
  readonly lost: number;
}

/** What is said of one field. */
export interface Finding {
  readonly field: (typeof FIELDS)[number];
  readonly isFound: boolean;
  /** The values, or what was looked for. */
  readonly found: string;
  /** Where it is missing: what is likely, the likeliest first. */
  readonly causes: readonly string[];
}

/** Of the document's troubleshooting list, by what they mean here. */
const NOT_MAPPED =
  "Missing Fields in Discover: the event came, and was not mapped; error.message of events with event.kind: pipeline_error says why";
const NO_EVENTS = [
  "no agent sends here: is one running on this host, with --elasticsearch-hosts and the same data stream? tetrad status; its log says what the cluster has answered",
  "gRPC Server Listening on Localhost: an agent elsewhere (--grpc-source, Elastic Agent) reaches Tetragon only when its address is 0.0.0.0:54321",
  "Service Selector Mismatch: kubectl get endpoints tetragon-grpc -n kube-system shows none",
  "DNS Resolution Failures: the agent's log says that a host cannot be resolved",
];
const OLD_EVENTS =
  "High Latency or Dropped Events: the newest event is old; the agent's log and tetrad status say what was lost, refused or waits in the queue";
const FILTERED =
  "events of others come, and not these: a filter of the agent (--export-allow-list, --export-deny-list, --sensor-scope) leaves them out, or the agent watches another host";
const NO_NETWORK =
  "connections are reported only when that is asked for: --enable-network-events, or a tracing policy (tetrad policy show network)";
const DECODING =
  "Protobuf Decoding Failures: the agent and Tetragon are of versions that do not fit; the agent's log says which message";
/** Older events are none of a moment ago. */
const OLD_MS = 60_000;

/** What is said of each field. */
export function findings(seen: Seen): Finding[] {
  const events = seen.probes.flatMap(({ event }) => (event === undefined ? [] : [event]));
  return FIELDS.map((field) => {
    const values = [...new Set(events.flatMap((event) => textOf(field, event)))];
    const isFound = isGood(field, values, seen);
    return {
      field,
      isFound,
      found: isFound ? values.join(", ") : whatWasFound(field, values, seen),
      causes: isFound ? [] : causesOf(field, events.length, seen),
    };
  });
}

function textOf(field: Finding["field"], event: Json): string[] {
  const value = valueAt(event, field);
  if (value === undefined || value === null || value === "") return [];
  return [
    field === "message"
      ? `the event of ${valueAt(event, "process.name")} in ${Buffer.byteLength(String(value))} bytes of JSON`
      : String(value),
  ];
}

function isGood(field: Finding["field"], values: readonly string[], { dataset, probes }: Seen): boolean {
  switch (field) {
    case "event.dataset":
      return values.length > 0 && (dataset === undefined || values.every((value) => value === dataset));
    case "process.name":
      return ["whoami", "cat"].every((name) => values.includes(name));
    case "destination.ip":
      return probes.some(({ probe, event }) => probe.id === "connection" && event !== undefined);
    default:
      return values.length > 0;
  }
}

function whatWasFound(field: Finding["field"], values: readonly string[], { probes, dataset }: Seen): string {
  if (field === "destination.ip") {
    const probe = probes.find(({ probe: { id } }) => id === "connection")?.probe;
    return `no event of ${probe?.what ?? "a connection"}`;
  }
  if (field === "process.name") {
    const missing = ["whoami", "cat"].filter((name) => !values.includes(name));
    return `no event of ${missing.join(" and ")}${values.length > 0 ? `, only of ${values.join(", ")}` : ""}`;
  }
  if (field === "event.dataset" && values.length > 0) return `${values.join(", ")}, expected ${dataset}`;
  return "nothing";
}

function causesOf(field: Finding["field"], came: number, seen: Seen): string[] {
  const { errors, newestAgeMs, probes } = seen;
  const problem = probes.find(({ probe }) => probe.id === "connection")?.probe.problem;
  if (errors.total > 0 && field !== "destination.ip" && came === 0) return [NOT_MAPPED, DECODING];
  if (newestAgeMs === undefined) return NO_EVENTS;
  if (came === 0) return newestAgeMs > OLD_MS ? [OLD_EVENTS, ...NO_EVENTS] : [FILTERED, OLD_EVENTS];
  switch (field) {
    case "destination.ip":
      return [
        ...(problem === undefined ? [] : [`there was no connection: ${problem}`]),
        NO_NETWORK,
        FILTERED,
      ];
    case "event.dataset":
      return ["--ecs-dataset of the agent is another one than that of this command"];
    default:
      return errors.total > 0 ? [NOT_MAPPED, FILTERED] : [FILTERED, OLD_EVENTS];
  }
}
