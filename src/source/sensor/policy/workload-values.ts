/** @module What the agent writes into the map that conditions on workloads look into; programs of the kernel add to it meanwhile. */
import type { BpfMap } from "../../../kernel/map/index.ts";
import { SystemCallError } from "../../../os/system-call.ts";
import { MOST_INSIDE, WORKLOAD, WORKLOAD_KEY } from "../../../policy/condition/process/index.ts";

/** What a cgroup had before. `full`: it has no room, and those around it stand for it. */
export type PutOutcome = "new" | "same" | "gained" | "lost" | "full";

/** Sets of selectors, by the numbers of cgroups. */
export class WorkloadValues {
  readonly #map: Pick<BpfMap, "lookup" | "update">;

  constructor(map: Pick<BpfMap, "lookup" | "update">) {
    this.#map = map;
  }

  /** What is for processes of the host, and for those that are deeper than anybody looks: in which container these are nobody says. */
  setOutside(host: Uint8Array, deep: Uint8Array): void {
    for (const [key, set] of [
      [WORKLOAD_KEY.host, host],
      [WORKLOAD_KEY.deep, deep],
    ] as const) {
      const value = this.#map.lookup(key) ?? new Uint8Array(WORKLOAD.size);
      value.set(set, WORKLOAD.set);
      this.#map.update(key, value);
    }
  }

  /** @param owners Numbers of the cgroups of pods and containers around it, the outermost first: the first that is known counts it. */
  put(number: bigint, set: Uint8Array, owners: readonly bigint[]): PutOutcome {
    const known = this.#map.lookup(number);
    if (known !== undefined) return this.#replace(number, known, set);
    const owner = owners.find((each) => this.#map.lookup(each) !== undefined);
    const value = entryOf(set);
    if (owner !== undefined) write(value, WORKLOAD.owner, owner);
    const isFull =
      owner !== undefined &&
      (this.#read(owner, WORKLOAD.inside) >= MOST_INSIDE.ofOwner ||
        this.#read(WORKLOAD_KEY.host, WORKLOAD.inside) >= MOST_INSIDE.ofAll);
    if (isFull || !this.#update(number, value)) return "full";
    if (owner !== undefined)
      for (const counted of [owner, WORKLOAD_KEY.host]) this.#count(counted, WORKLOAD.inside);
    return "new";
  }

  /** A cgroup had no room that the kernel's programs have not seen made: too many are counted rather than too few. */
  countMissed(): void {
    this.#count(WORKLOAD_KEY.host, WORKLOAD.missed);
  }

  /** Cgroups that have no room now. */
  get missed(): number {
    return this.#read(WORKLOAD_KEY.host, WORKLOAD.missed);
  }

  #replace(number: bigint, known: Uint8Array, set: Uint8Array): PutOutcome {
    const before = known.slice(WORKLOAD.set, WORKLOAD.set + set.length);
    if (set.every((byte, at) => byte === before[at])) return "same";
    known.set(set, WORKLOAD.set);
    this.#map.update(number, known);
    return set.some((byte, at) => (byte & ~before[at]!) !== 0) ? "gained" : "lost";
  }

  #update(number: bigint, value: Uint8Array): boolean {
    try {
      this.#map.update(number, value);
      return true;
    } catch (error) {
      if (error instanceof SystemCallError && error.errnoName === "E2BIG") return false;
      throw error;
    }
  }

  #read(number: bigint, member: number): number {
    const value = this.#map.lookup(number);
    if (value === undefined) return 0;
    return Number(new DataView(value.buffer, value.byteOffset).getBigInt64(member, true));
  }

  #count(number: bigint, member: number): void {
    const value = this.#map.lookup(number);
    if (value === undefined) return;
    write(value, member, BigInt(this.#read(number, member) + 1));
    this.#map.update(number, value);
  }
}

/** What is kept of a cgroup that is inside of no other. */
export function entryOf(set: Uint8Array): Uint8Array {
  const value = new Uint8Array(WORKLOAD.size);
  value.set(set, WORKLOAD.set);
  return value;
}

function write(value: Uint8Array, member: number, number: bigint): void {
  new DataView(value.buffer, value.byteOffset).setBigUint64(member, number, true);
}
