/** @module An event as JSON, in Tetragon's order of members. */
import type { NodeLabels } from "../../../pipeline/enrich/container.ts";
import type { SensorSettings } from "../settings.ts";
import type { BootClock } from "./clock.ts";
import type { MemberText, SensorEvent, SensorEventType } from "./event.ts";
import type { ExecIds } from "./exec-id.ts";
import { type JsonWriter, json } from "./json-writer.ts";
import { ProcessText } from "./process-text.ts";

const OPENINGS: Readonly<Record<SensorEventType, Uint8Array>> = {
  process_exec: json('{"process_exec":{"process":'),
  process_exit: json('{"process_exit":{"process":'),
  process_kprobe: json('{"process_kprobe":{"process":'),
  process_tracepoint: json('{"process_tracepoint":{"process":'),
  process_uprobe: json('{"process_uprobe":{"process":'),
  process_usdt: json('{"process_usdt":{"process":'),
  process_lsm: json('{"process_lsm":{"process":'),
  process_loader: json('{"process_loader":{"process":'),
};
const PARENT = json(',"parent":');
const TIME = json(',"time":"');
const QUOTE = json('"');
const ANCESTORS = json(',"ancestors":[');
const COMMA = json(",");
const END_OF_LIST = json("]");

/** Writes events as text, one after the other. */
export class EventText implements MemberText {
  readonly out: JsonWriter;
  readonly #clock: BootClock;
  readonly #processes: ProcessText;
  /** Between the event's members and its time, and after that. */
  readonly #node: Uint8Array;
  readonly #cluster: string;
  readonly #nodeLabels: NodeLabels | undefined;
  /** What follows the time, and the labels that it was made with. */
  #end: Uint8Array;
  #labels: NodeLabels["current"];

  constructor(settings: SensorSettings, out: JsonWriter, clock: BootClock, ids: ExecIds) {
    const { nodeName, clusterName = "", nodeLabels } = settings;
    this.out = out;
    this.#clock = clock;
    this.#processes = new ProcessText(out, clock, ids);
    this.#node = json(`},"node_name":${JSON.stringify(nodeName)},"time":"`);
    this.#cluster = clusterName === "" ? '"' : `","cluster_name":${JSON.stringify(clusterName)}`;
    this.#nodeLabels = nodeLabels;
    this.#end = json(`${this.#cluster}}`);
  }

  /** Writes an event, without a newline. */
  write(event: SensorEvent): void {
    const { out } = this;
    const { kind, parent } = event;
    out.raw(OPENINGS[kind.type]);
    this.#processes.write(event);
    if (parent !== undefined) {
      out.raw(PARENT);
      this.#processes.writeRelative(parent, event.parentReferences);
    }
    kind.write(this, event.details, event);
    if (event.ancestors.length > 0) this.#writeAncestors(event);
    out.raw(this.#node);
    this.#clock.writeWallTime(out, event.timeHigh, event.timeLow);
    if (this.#nodeLabels?.current !== this.#labels) this.#makeEnd();
    out.raw(this.#end);
  }

  /** Writes the member `time`: when it happened, halves of nanoseconds since boot. */
  time(high: number, low: number): void {
    this.out.raw(TIME);
    this.#clock.writeWallTime(this.out, high, low);
    this.out.raw(QUOTE);
  }

  #makeEnd(): void {
    this.#labels = this.#nodeLabels?.current;
    const labels = this.#labels === undefined ? "" : `,"node_labels":${JSON.stringify(this.#labels)}`;
    this.#end = json(`${this.#cluster}${labels}}`);
  }

  #writeAncestors({ ancestors, ancestorReferences }: SensorEvent): void {
    const { out } = this;
    for (let i = 0; i < ancestors.length; i++) {
      out.raw(i === 0 ? ANCESTORS : COMMA);
      this.#processes.writeRelative(ancestors[i]!, ancestorReferences[i]!);
    }
    out.raw(END_OF_LIST);
  }
}
