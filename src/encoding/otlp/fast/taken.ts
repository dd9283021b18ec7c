/**
 * @module Attributes that take a value apart or depend on the resource. Most events share them with others: those of a container
 * are kept, by the part of the line that they stand in.
 */
import type { SliceableBuffer } from "../../../lib/bytes.ts";
import type { Slots } from "../../ecs/fast/slots.ts";
import type { WritableBuffer } from "../../protobuf/wire.ts";
import { ANNOTATIONS, CONTAINER_ID, DIRECTION, IMAGE, LABELS } from "../attributes.ts";
import { ATTRIBUTES_FIELD } from "../fields.ts";
import { containerAttributes, serverAttributes } from "../further.ts";
import { isOfResource, type RecordSettings } from "../record-settings.ts";
import { type AttributeValue, writeAttribute } from "../wire.ts";
import { KEPT, KEPT_SET_ENTRIES, LONGEST_KEPT } from "./layout.ts";
import type { RecordProgram } from "./program.ts";

const NAMES = {
  clusterName: "orchestrator.cluster.name",
  hostName: "host.name",
  containerId: CONTAINER_ID,
  docker: "docker",
  image: IMAGE,
  pod: "orchestrator.resource.name",
  container: "container.name",
  labels: LABELS,
  annotations: ANNOTATIONS,
  direction: DIRECTION,
  address: "destination.ip",
  port: "destination.port",
} as const;
type Name = keyof typeof NAMES;
/** What is said of a container and its pod: within one object of the line. */
const OF_CONTAINER = ["containerId", "image", "pod", "container", "labels", "annotations"] as const;
/** What attributes are of that are kept. */
const KIND = { cluster: 1, host: 2, container: 3 } as const;
/** Where in the id of a container most others have something else, its quote and the name of a runtime passed. */
const ID_WORD = 24;

/** What {@link Taken} is given. */
export interface TakenSettings extends RecordSettings {
  /** All of it, and the same as words. */
  readonly memory: SliceableBuffer;
  readonly words: Uint32Array;
  readonly slots: Slots;
  readonly program: RecordProgram;
  /** As `StepWriter` has written them. */
  readonly containerId: readonly [start: number, end: number];
}

/** Values of the line that was walked over last. */
export class Taken {
  readonly #memory: SliceableBuffer;
  readonly #words: Uint32Array;
  readonly #at: Readonly<Record<Name, number>>;
  readonly #ofContainer: readonly number[];
  readonly #settings: TakenSettings;
  readonly #program: RecordProgram;
  /** The entry of a full set that is given up next. */
  #turn = 0;

  constructor(settings: TakenSettings) {
    const { memory, words, slots, program } = settings;
    this.#memory = memory;
    this.#words = words;
    this.#program = program;
    this.#settings = settings;
    this.#at = Object.fromEntries(
      Object.entries(NAMES).map(([name, slot]) => [name, slots.address(slot) / 4]),
    ) as Record<Name, number>;
    this.#ofContainer = OF_CONTAINER.map((name) => this.#at[name]);
  }

  /** Writes them, in the order of all attributes. @returns The address behind them. */
  write(at: number): number {
    const words = this.#words;
    let p = this.#writeShared(at, this.#at.clusterName, "k8s.cluster.name", KIND.cluster);
    p = this.#writeShared(p, this.#at.hostName, "host.name", KIND.host);
    p = this.#writeContainer(p);
    if (words[this.#at.direction] === 0) return p;
    const port = this.#raw("port");
    const server = serverAttributes({
      direction: this.#text("direction"),
      address: this.#text("address"),
      port: port === undefined ? undefined : Number(port),
    });
    return this.#writeAll(p, server);
  }

  /** An attribute that few values are of. */
  #writeShared(at: number, slot: number, name: string, kind: number): number {
    const start = this.#words[slot]!;
    if (start === 0) return at;
    const end = this.#words[slot + 1]!;
    const known = this.#program.kept(kind, start, end, start, at);
    if (known !== 0) return known;
    const set = this.#program.keptSet(start);
    const value = JSON.parse(this.#memory.utf8Slice(start, end)) as string;
    const isSaid = isOfResource(this.#settings, name, value);
    const behind = isSaid ? at : this.#writeAll(at, [[name, value]]);
    this.#keep(set, kind, [start, end], [at, behind]);
    return behind;
  }

  #writeContainer(at: number): number {
    const words = this.#words;
    let [start, end] = [0, 0];
    for (const slot of this.#ofContainer) {
      const from = words[slot]!;
      if (from === 0) continue;
      if (start === 0 || from < start) start = from;
      if (words[slot + 1]! > end) end = words[slot + 1]!;
    }
    if (start === 0) return words[this.#at.docker] === 0 ? at : this.#writeDocker(at);
    const id = words[this.#at.containerId]!;
    if (id === 0) return this.#writeAll(at, this.#ofThisContainer());
    const known = this.#program.kept(KIND.container, start, end, id + ID_WORD, at);
    if (known !== 0) return known;
    const set = this.#program.keptSet(id + ID_WORD);
    const behind = this.#writeAll(at, this.#ofThisContainer());
    this.#keep(set, KIND.container, [start, end], [at, behind]);
    return behind;
  }

  /** There is nothing but the short id. */
  #writeDocker(at: number): number {
    const behind = this.#program.attributes(...this.#settings.containerId, at);
    return behind < 0 ? this.#writeAll(at, this.#ofThisContainer()) : behind;
  }

  /** @param key The part of the line that the attributes in `value` were made of. */
  #keep(set: number, kind: number, key: readonly [number, number], value: readonly [number, number]): void {
    const [keyLength, valueLength] = [key[1] - key[0], value[1] - value[0]];
    if (keyLength > LONGEST_KEPT || valueLength > LONGEST_KEPT) return;
    let entry = set;
    const words = this.#words;
    if (words[entry / 4] !== 0) {
      this.#turn = (this.#turn + 1) % KEPT_SET_ENTRIES;
      entry += KEPT.bytes * this.#turn;
    }
    this.#memory.copyWithin(entry + KEPT.key, ...key);
    this.#memory.copyWithin(entry + KEPT.value, ...value);
    words[(entry + KEPT.kind) / 4] = kind;
    words[(entry + KEPT.keyLength) / 4] = keyLength;
    words[(entry + KEPT.valueLength) / 4] = valueLength;
  }

  #ofThisContainer(): Iterable<readonly [string, AttributeValue]> {
    return containerAttributes({
      containerId: this.#text("containerId") ?? this.#text("docker"),
      image: this.#text("image"),
      pod: this.#text("pod"),
      container: this.#text("container"),
      labels: this.#pairs("labels"),
      annotations: this.#pairs("annotations"),
    });
  }

  #writeAll(at: number, attributes: Iterable<readonly [string, AttributeValue]>): number {
    const b = this.#memory as unknown as WritableBuffer;
    let p = at;
    for (const attribute of attributes) p = writeAttribute(b, p, ATTRIBUTES_FIELD, attribute);
    return p;
  }

  #raw(name: Name): string | undefined {
    const at = this.#at[name];
    const start = this.#words[at]!;
    return start === 0 ? undefined : this.#memory.utf8Slice(start, this.#words[at + 1]!);
  }

  #text(name: Name): string | undefined {
    const raw = this.#raw(name);
    if (raw === undefined) return undefined;
    return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #pairs(name: Name): readonly (readonly [string, string])[] {
    const raw = this.#raw(name);
    return raw === undefined ? [] : Object.entries(JSON.parse(raw) as Record<string, string>);
  }
}
