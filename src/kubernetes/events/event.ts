/** @module Kubernetes Events (`events.k8s.io/v1`): what `kubectl describe node` and `kubectl events` show. */

/** The object that an Event is about. */
export interface Regarded {
  readonly kind: "Node" | "Pod";
  readonly name: string;
  /** Of a Pod. */
  readonly namespace?: string;
  /** As the API server gives it; of a Node its name, as the kubelet does: `kubectl describe node` looks for that. */
  readonly uid?: string;
}

/** What has happened. */
export interface ClusterEvent {
  readonly regarding: Regarded;
  readonly type: "Normal" | "Warning";
  /** In one word, for machines: `AgentStarted`. */
  readonly reason: string;
  /** What was done: `Start`. */
  readonly action: string;
  /** For people. */
  readonly note: string;
}

/** How often it has happened, once it was more than once. */
export interface EventSeries {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** The API server refuses longer ones. */
const MAX_NOTE_BYTES = 1024;
const MAX_INSTANCE_BYTES = 128;
/** A name is a DNS subdomain, which has at most 253 characters, and ends in a dot and 16 digits. */
const MAX_NAME = 230;

/** Who says it. */
export const CONTROLLER = "tetrad";

/** Where Events about an object are kept: those about a Node, which is in no namespace, in `default`. */
export function namespaceOf({ namespace }: Regarded): string {
  return namespace ?? "default";
}

/** A name for the object: no two agents, and no two Events of one, may meet. */
export function nameEvent({ name }: Regarded): string {
  const digits = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
  return `${name.slice(0, MAX_NAME)}.${digits}`;
}

/** What {@link eventObject} is given beside the event. */
export interface EventFacts {
  readonly name: string;
  /** Which agent says it. */
  readonly instance: string;
  /** When it was first observed. */
  readonly at: Date;
  /** @default it has happened once */
  readonly series?: EventSeries;
}

/** The object as it is created. */
export function eventObject(
  { regarding, type, reason, action, note }: ClusterEvent,
  { name: objectName, instance, at, series }: EventFacts,
): object {
  const namespace = namespaceOf(regarding);
  const { kind, name, uid } = regarding;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: objectName, namespace },
    eventTime: microTime(at),
    reportingController: CONTROLLER,
    reportingInstance: shorten(instance, MAX_INSTANCE_BYTES),
    action,
    reason,
    type,
    note: shorten(note, MAX_NOTE_BYTES),
    regarding: {
      apiVersion: "v1",
      kind,
      name,
      ...(regarding.namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
    },
    ...(series !== undefined && { series }),
  };
}

/** The form of Kubernetes' `MicroTime`. */
export function microTime(at: Date): string {
  return at.toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
}

/** Cut at the end of a character. */
function shorten(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const mark = "...";
  const bytes = Buffer.from(text);
  let end = maxBytes - mark.length;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end) + mark;
}
