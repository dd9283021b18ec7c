/** @module The steps by which the program writes a document, made of the table of fields. */
import { ECS_FIELDS, ECS_VERSION } from "../fields.ts";
import { AGENT_TYPE, DATA_STREAM, type EcsSettings } from "../settings.ts";
import { STEP, WRITE } from "./layout.ts";
import type { Slots } from "./slots.ts";
import type { TableWriter } from "./table.ts";

/** One step. */
interface Step {
  readonly kind: number;
  readonly slot?: string;
  readonly other?: string;
  /** What the other slot has to say. */
  readonly wanted?: string;
  /** Where something has to be for it to make sense. @default in its slots */
  readonly needs?: readonly string[];
}

const NAMED_AFTER = "orchestrator.resource.parent.type";
const madeBy = (kind: string): Step => ({
  kind: WRITE.where,
  slot: "workload",
  other: NAMED_AFTER,
  wanted: JSON.stringify(kind),
});
const base = (slot: string): Step => ({ kind: WRITE.base, slot });
const value = (slot: string): Step => ({ kind: WRITE.value, slot });
const quoted = (slot: string): Step => ({ kind: WRITE.quoted, slot });

const ADDRESSES = ["source.ip", "destination.ip"];

/** How fields are written whose value is not simply that of their own slot. */
const RULES: Readonly<Record<string, Step>> = {
  "process.name": base("process.executable"),
  "process.args": { kind: WRITE.arguments, slot: "process.args" },
  "process.args_count": { kind: WRITE.count, needs: ["process.args"] },
  "process.command_line": { kind: WRITE.command, slot: "process.executable", other: "process.args" },
  "process.user.id": quoted("process.user.id"),
  "process.real_user.id": quoted("process.real_user.id"),
  "process.real_group.id": quoted("process.real_group.id"),
  "process.saved_user.id": quoted("process.saved_user.id"),
  "process.saved_group.id": quoted("process.saved_group.id"),
  "process.parent.name": base("process.parent.executable"),
  "process.parent.args": { kind: WRITE.arguments, slot: "process.parent.args" },
  "process.parent.user.id": quoted("process.parent.user.id"),
  "process.parent.entity_id": { kind: WRITE.either, slot: "process.parent.entity_id", other: "parent" },
  "user.id": quoted("process.user.id"),
  "user.name": value("process.user.name"),
  "container.id": { kind: WRITE.either, slot: "container.id", other: "docker" },
  "orchestrator.resource.label": { kind: WRITE.pairs, slot: "orchestrator.resource.label" },
  "orchestrator.resource.annotation": { kind: WRITE.pairs, slot: "orchestrator.resource.annotation" },
  "kubernetes.namespace": value("orchestrator.namespace"),
  "kubernetes.pod.name": value("orchestrator.resource.name"),
  "kubernetes.pod.uid": value("orchestrator.resource.id"),
  "kubernetes.deployment.name": madeBy("Deployment"),
  "kubernetes.daemonset.name": madeBy("DaemonSet"),
  "kubernetes.statefulset.name": madeBy("StatefulSet"),
  "kubernetes.replicaset.name": madeBy("ReplicaSet"),
  "kubernetes.job.name": madeBy("Job"),
  "kubernetes.cronjob.name": madeBy("CronJob"),
  "file.name": base("file.path"),
  "file.directory": { kind: WRITE.directory, slot: "file.path" },
  "file.extension": { kind: WRITE.extension, slot: "file.path" },
  "file.type": { ...value("file.type"), needs: ["file.mode"] },
  "dll.name": base("dll.path"),
  "network.direction": { ...value("network.direction"), needs: ADDRESSES },
  "related.ip": { ...value("related.ip"), needs: ADDRESSES },
  "related.user": { kind: WRITE.both, slot: "process.user.id", other: "process.user.name" },
  "related.hosts": { kind: WRITE.both, slot: "host.name", other: "nothing" },
};

/** What only the end of a process has. */
const OF_EXIT: Readonly<Record<string, Step>> = {
  "process.end": { kind: WRITE.either, slot: "end", other: "@timestamp" },
  "process.exit_code": { kind: WRITE.status, slot: "process.exit_code", other: "signal" },
};

/** What is only written where it is asked for. */
const OF_COMMAND_LINE: ReadonlySet<string> = new Set(["process.args_count", "process.command_line"]);

/** Objects that are written as a whole. */
const WHOLE: ReadonlySet<string> = new Set(["ecs", "data_stream", "event", "error", "agent"]);
const OS = '"os":{"type":"linux"},';

type Tree = Map<string, Tree | string>;

/** The fields as they stand in one another, each by its full name. */
function treeOfFields(): Tree {
  const root: Tree = new Map();
  for (const { name } of ECS_FIELDS) {
    const path = name.split(".");
    const last = path.pop()!;
    let tree = root;
    for (const part of path) {
      const next = tree.get(part);
      const inner: Tree = next instanceof Map ? next : new Map();
      tree.set(part, inner);
      tree = inner;
    }
    tree.set(last, name);
  }
  return root;
}

/** What is known of a type of events. */
interface Type {
  /** Where there may be something. */
  readonly slots: ReadonlySet<string>;
  readonly isExit: boolean;
  /** See the settings. */
  readonly hasCommandLine: boolean;
}

/** How a field is written, where an event may have it. */
function stepOf(field: string, { slots, isExit, hasCommandLine }: Type): Step | undefined {
  if (!hasCommandLine && OF_COMMAND_LINE.has(field)) return undefined;
  const ofExit = OF_EXIT[field];
  const step = (isExit ? ofExit : undefined) ?? RULES[field];
  if (step === undefined) return slots.has(field) && ofExit === undefined ? value(field) : undefined;
  const needs = step.needs ?? [step.slot, step.other];
  return step === ofExit || needs.some((slot) => slot !== undefined && slots.has(slot)) ? step : undefined;
}

/** Writes steps to the tables. */
export class StepWriter {
  readonly #memory: Buffer;
  readonly #view: DataView;
  readonly #table: TableWriter;
  readonly #slots: Slots;
  readonly #texts = new Map<string, number>();
  #steps: { step: Step; text: string; opened?: number }[] = [];

  constructor(memory: Buffer, table: TableWriter, slots: Slots) {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset);
    this.#table = table;
    this.#slots = slots;
  }

  /**
   * What follows on what stays of the event.
   * @param type Of the event.
   * @returns Addresses of the first step, and behind the last one.
   */
  document(settings: EcsSettings, type: Type): readonly [start: number, end: number] {
    this.#steps = [];
    const { dataStream = DATA_STREAM, agent, hasOriginal } = settings;
    const { version, id } = agent;
    this.#literal(`},"ecs":{"version":"${ECS_VERSION}"},"data_stream":${JSON.stringify(dataStream)},`);
    this.#literal(`"agent":${JSON.stringify({ type: AGENT_TYPE, version, id })},`);
    this.#add({ kind: WRITE.value, slot: "event" }, "");
    if (hasOriginal === true) {
      // The event's object is still open, and has a comma behind it.
      this.#add({ kind: WRITE.line }, '"original":');
      this.#literal("},");
    }
    for (const [name, inner] of treeOfFields())
      if (!WHOLE.has(name) && name !== "message") this.#member(name, inner, type);
    this.#add({ kind: WRITE.line }, '"message":');
    this.#literal("}\n");
    return this.#finish();
  }

  #literal(text: string): void {
    this.#add({ kind: WRITE.literal }, text);
  }

  #add(step: Step, text: string, opened?: number): void {
    this.#steps.push({ step, text, ...(opened !== undefined && { opened }) });
  }

  #member(name: string, inner: Tree | string, type: Type): void {
    if (typeof inner === "string") {
      const step = stepOf(inner, type);
      if (step !== undefined) this.#add(step, `${JSON.stringify(name)}:`);
      return;
    }
    const opened = this.#steps.length;
    this.#add({ kind: WRITE.open }, `${JSON.stringify(name)}:{`);
    for (const [key, value] of inner) {
      if (name === "host" && key === "os") this.#literal(OS);
      else this.#member(key, value, type);
    }
    if (this.#steps.length === opened + 1) this.#steps.pop();
    else this.#add({ kind: WRITE.close }, "", opened);
  }

  #finish(): readonly [start: number, end: number] {
    const start = this.#table.reserve(this.#steps.length * STEP.bytes);
    this.#steps.forEach(({ step: { kind, slot, other, wanted }, text, opened }, i) => {
      const at = start + i * STEP.bytes;
      const set = (offset: number, number: number) => this.#view.setUint32(at + offset, number, true);
      set(STEP.kind, kind);
      set(STEP.slot, slot === undefined ? 0 : this.#slots.address(slot));
      set(STEP.text, this.#textAt(text + (wanted ?? "")));
      set(STEP.textLength, Buffer.byteLength(text));
      set(STEP.other, other === undefined ? 0 : this.#slots.address(other));
      if (opened !== undefined) set(STEP.other, start + opened * STEP.bytes);
      set(STEP.otherLength, wanted?.length ?? 0);
    });
    return [start, start + this.#steps.length * STEP.bytes];
  }
  /** Address of a text. */
  #textAt(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const address = this.#table.reserve(Buffer.byteLength(text));
    this.#memory.write(text, address);
    this.#texts.set(text, address);
    return address;
  }
}
