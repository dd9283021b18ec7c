/** @module The steps by which the program writes attributes, made of the table of attributes. */
import type { Slots } from "../../ecs/fast/slots.ts";
import type { TableWriter } from "../../ecs/fast/table.ts";
import { ATTRIBUTES, CONTAINER_ID, OF_RESOURCE } from "../attributes.ts";
import { STEP, WRITE } from "./layout.ts";

/** One step. */
interface Step {
  readonly kind: number;
  readonly slot: string;
  readonly other?: string;
  readonly wanted?: string;
}

const NAMED_AFTER = "orchestrator.resource.parent.type";
const madeBy = (kind: string): Step => ({
  kind: WRITE.where,
  slot: "workload",
  other: NAMED_AFTER,
  wanted: JSON.stringify(kind),
});
const digits = (slot: string): Step => ({ kind: WRITE.digits, slot });
const text = (slot: string): Step => ({ kind: WRITE.text, slot });

/** How attributes are written whose value is not that of the slot of their field. */
const RULES: Readonly<Record<string, Step>> = {
  "process.executable.name": { kind: WRITE.base, slot: "process.executable" },
  "process.command_line": { kind: WRITE.command, slot: "process.executable", other: "process.args" },
  "user.id": digits("process.user.id"),
  "user.name": text("process.user.name"),
  "file.name": { kind: WRITE.base, slot: "file.path" },
  "file.directory": { kind: WRITE.directory, slot: "file.path" },
  "file.extension": { kind: WRITE.extension, slot: "file.path" },
  "k8s.deployment.name": madeBy("Deployment"),
  "k8s.daemonset.name": madeBy("DaemonSet"),
  "k8s.statefulset.name": madeBy("StatefulSet"),
  "k8s.replicaset.name": madeBy("ReplicaSet"),
  "k8s.job.name": madeBy("Job"),
  "k8s.cronjob.name": madeBy("CronJob"),
};
/** What only the end of a process has. */
const OF_EXIT: Readonly<Record<string, Step>> = {
  "process.exit.code": { kind: WRITE.status, slot: "process.exit_code", other: "signal" },
  "process.exit.time": { kind: WRITE.either, slot: "end", other: "@timestamp" },
};
/** What no described event has. */
const NEVER: ReadonlySet<string> = new Set(["error.message"]);

/** `KeyValue.key` and `.value`, with their wire types. */
const [KEY, VALUE] = [0x0a, 0x12];

/** Writes steps to the tables. */
export class StepWriter {
  readonly #memory: Buffer;
  readonly #view: DataView;
  readonly #table: TableWriter;
  readonly #slots: Slots;

  constructor(memory: Buffer, table: TableWriter, slots: Slots) {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset);
    this.#table = table;
    this.#slots = slots;
  }

  /** @returns Addresses of the first step, and behind the last one. */
  attributes(isExit: boolean): readonly [start: number, end: number] {
    const steps = ATTRIBUTES.flatMap(({ name, from, type }) => {
      if (NEVER.has(name) || OF_RESOURCE.has(name)) return [];
      const ofExit = OF_EXIT[name];
      if (ofExit !== undefined) return isExit ? [[name, ofExit] as const] : [];
      const kind = type === "int" ? WRITE.int : WRITE.text;
      return [[name, RULES[name] ?? { kind, slot: from }] as const];
    });
    return this.#writeAll(steps);
  }

  /** The step of a container of which nothing but its short id is known. */
  containerId(): readonly [start: number, end: number] {
    return this.#writeAll([[CONTAINER_ID, { kind: WRITE.plain, slot: "docker" }]]);
  }

  #writeAll(steps: readonly (readonly [name: string, step: Step])[]): readonly [start: number, end: number] {
    const start = this.#table.reserve(steps.length * STEP.bytes);
    steps.forEach(([name, step], i) => {
      this.#write(start + i * STEP.bytes, name, step);
    });
    return [start, start + steps.length * STEP.bytes];
  }

  #write(at: number, name: string, { kind, slot, other, wanted = "" }: Step): void {
    const set = (offset: number, number: number) => this.#view.setUint32(at + offset, number, true);
    const key = Buffer.from(name);
    const before = Buffer.concat([Buffer.from([KEY, key.length]), key, Buffer.from([VALUE])]);
    set(STEP.kind, kind);
    set(STEP.slot, this.#slots.address(slot));
    set(STEP.name, this.#put(before));
    set(STEP.nameLength, before.length);
    set(STEP.other, other === undefined ? 0 : this.#slots.address(other));
    set(STEP.wanted, this.#put(Buffer.from(wanted)));
    set(STEP.wantedLength, wanted.length);
  }

  #put(bytes: Buffer): number {
    const address = this.#table.reserve(bytes.length);
    bytes.copy(this.#memory, address);
    return address;
  }
}
