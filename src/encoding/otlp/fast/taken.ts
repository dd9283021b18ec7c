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
/** What is kept: so many containers, each of a part of the line of at most so many bytes. */
const [MOST_KEPT, LONGEST_KEPT] = [256, 4096];

/** Values of the line that was walked over last. */
export class Taken {
  readonly #memory: SliceableBuffer;
  readonly #words: Uint32Array;
  readonly #at: Readonly<Record<Name, number>>;
  readonly #ofContainer: readonly number[];
  readonly #settings: RecordSettings;
  readonly #clusters = new Map<string, Uint8Array>();
  readonly #hosts = new Map<string, Uint8Array>();
  readonly #containers = new Map<string, Uint8Array>();

  constructor(memory: SliceableBuffer, words: Uint32Array, slots: Slots, settings: RecordSettings) {
    this.#memory = memory;
    this.#words = words;
    this.#settings = settings;
    this.#at = Object.fromEntries(
      Object.entries(NAMES).map(([name, slot]) => [name, slots.address(slot) / 4]),
    ) as Record<Name, number>;
    this.#ofContainer = OF_CONTAINER.map((name) => this.#at[name]);
  }

  /** Writes them, in the order of all attributes. @returns The address behind them. */
  write(at: number): number {
    const words = this.#words;
    let p = this.#writeShared(at, this.#at.clusterName, "k8s.cluster.name", this.#clusters);
    p = this.#writeShared(p, this.#at.hostName, "host.name", this.#hosts);
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
  #writeShared(at: number, slot: number, name: string, kept: Map<string, Uint8Array>): number {
    const [start, end] = [this.#words[slot]!, this.#words[slot + 1]!];
    if (start === 0) return at;
    const key = this.#memory.latin1Slice(start, end);
    const known = kept.get(key);
    if (known !== undefined) return this.#put(at, known);
    const value = JSON.parse(this.#memory.utf8Slice(start, end)) as string;
    const isSaid = isOfResource(this.#settings, name, value);
    const behind = isSaid ? at : this.#writeAll(at, [[name, value]]);
    if (end - start <= LONGEST_KEPT) this.#keep(kept, key, at, behind);
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
    if (start === 0 && words[this.#at.docker] === 0) return at;
    const isKept = words[this.#at.containerId] !== 0 && end - start <= LONGEST_KEPT;
    if (!isKept) return this.#writeAll(at, this.#ofThisContainer());
    const key = this.#memory.latin1Slice(start, end);
    const known = this.#containers.get(key);
    if (known !== undefined) return this.#put(at, known);
    const behind = this.#writeAll(at, this.#ofThisContainer());
    this.#keep(this.#containers, key, at, behind);
    return behind;
  }

  #keep(kept: Map<string, Uint8Array>, key: string, at: number, behind: number): void {
    if (kept.size === MOST_KEPT) kept.clear();
    kept.set(key, new Uint8Array(this.#memory.subarray(at, behind)));
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

  #put(at: number, bytes: Uint8Array): number {
    if (bytes.length > 0) this.#memory.set(bytes, at);
    return at + bytes.length;
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
