/** @module What is around every event: the process, its relatives, the node, the time. */
import { MAX_ANCESTORS, type Process } from "./process.ts";
import type { SensorSettings } from "./settings.ts";

/** What an event is made of. */
export interface EventParts {
  readonly type: "process_exec" | "process_exit" | "process_tracepoint";
  /** The process as JSON. */
  readonly processJson: string;
  /** The process itself, for its relatives; `undefined` when it is not known. */
  readonly process: Process | undefined;
  /** Members of the event after its process and parent, each with a comma before it. */
  readonly members: string;
  /** RFC 3339. */
  readonly time: string;
}

/** Writes events whole. */
export class EventEnvelope {
  readonly #nodeName: string;
  readonly #cluster: string;
  readonly #hasAncestors: boolean;

  constructor({ nodeName, clusterName = "", ancestors }: SensorSettings) {
    this.#nodeName = JSON.stringify(nodeName);
    this.#cluster = clusterName === "" ? "" : `,"cluster_name":${JSON.stringify(clusterName)}`;
    this.#hasAncestors = ancestors === true;
  }

  /** The event as JSON. */
  write({ type, processJson, process, members, time }: EventParts): string {
    const parent = process?.parent === undefined ? "" : `,"parent":${process.parent.toJson()}`;
    const ancestors = this.#hasAncestors ? ancestorsJson(process) : "";
    return (
      `{"${type}":{"process":${processJson}${parent}${members}${ancestors}},` +
      `"node_name":${this.#nodeName},"time":"${time}"${this.#cluster}}`
    );
  }
}

/** Ancestors beyond the parent, the nearest first, at most {@link MAX_ANCESTORS}. */
function ancestorsJson(process: Process | undefined): string {
  const ancestors: string[] = [];
  let at = process?.parent?.parent;
  for (; at !== undefined && ancestors.length < MAX_ANCESTORS; at = at.parent) ancestors.push(at.toJson());
  return ancestors.length === 0 ? "" : `,"ancestors":[${ancestors.join(",")}]`;
}
