/**
 * @module Counts how often each selector was asked, held, and which condition it was that did not. Each processor counts for
 * itself, in a line of one array which the agent has in its memory: so counting takes no look-up, and reading takes no
 * rights.
 */
import {
  BPF_F_MMAPABLE,
  BPF_MAP_TYPE,
  type MapDefinition,
  possibleCpuCount,
} from "../../kernel/map/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import { placeSlot, readPlace } from "./shared-place.ts";

/** Bytes that processors do not share with each other. */
const CACHE_LINE = 64;
const COUNTER_SIZE = 8;

/** The counters of a program. */
export class Counters {
  readonly #map: string;
  readonly #placeCount: number;
  /** Lines of a place: processors, rounded up to a power of two, so that a mask bounds their numbers. */
  readonly #lineCount: number;
  #count = 0;

  /**
   * @param map The array's name.
   * @param placeCount Places of the program: each has counters of its own.
   * @param cpuCount Processors that may ever be.
   */
  constructor(map: string, placeCount: number, cpuCount: number) {
    this.#lineCount = roundUp(cpuCount);
    this.#map = map;
    this.#placeCount = roundUp(placeCount);
  }

  /** A counter. @returns Its position. */
  add(): number {
    return this.#count++;
  }

  /** Bytes of a processor's line: a power of two. */
  get #lineSize(): number {
    return Math.max(CACHE_LINE, roundUp(Math.max(1, this.#count) * COUNTER_SIZE));
  }

  /** Bytes of a place's lines. */
  get #placeSize(): number {
    return this.#lineSize * this.#lineCount;
  }

  /** The array: one element, which is lines, those of a place together. */
  definition(): MapDefinition {
    return {
      name: this.#map,
      type: BPF_MAP_TYPE.ARRAY,
      keySize: 4,
      valueSize: this.#placeSize * this.#placeCount,
      maxEntries: 1,
      flags: BPF_F_MMAPABLE,
    };
  }

  /** Where a program begins: finds out at which of its places it runs. Uses `r0` to `r5`. */
  begin(b: ProgramBuilder): void {
    readPlace(b, this.#placeCount);
  }

  /** Adds one. Uses `r0` to `r5`. All counters must have been made by then. */
  emit(b: ProgramBuilder, counter: number): void {
    b.asm
      .note("count")
      .call("get_smp_processor_id")
      .alu("r0", "&=", this.#lineCount - 1);
    b.asm.alu("r0", "<<=", Math.log2(this.#lineSize));
    if (this.#placeCount > 1) {
      b.loadSlot("r1", placeSlot(b));
      b.asm.alu("r1", "&=", this.#placeCount - 1).alu("r1", "<<=", Math.log2(this.#placeSize));
      b.asm.alu("r0", "+=", "r1");
    }
    b.asm.loadMapValue("r1", this.#map, counter * COUNTER_SIZE);
    // An interrupt may run another program on this processor meanwhile.
    b.asm.alu("r1", "+=", "r0").set("r2", 1).atomicAdd(COUNTER_SIZE, "r1", 0, "r2");
  }

  /** What a counter has come to at a place: the sum over its lines. @param memory The array's only element. */
  read(memory: BigUint64Array, counter: number, place: number): bigint {
    const line = this.#lineSize / COUNTER_SIZE;
    const first = place * this.#lineCount * line;
    let sum = 0n;
    for (let i = 0; i < this.#lineCount; i++) sum += memory[first + i * line + counter]!;
    return sum;
  }
}

/** Bytes of an array that every kernel allows. Source: `KMALLOC_MAX_SIZE`, of which `array_map_alloc_check()` makes the limit. */
const LARGEST_ARRAY = 1 << 22;
/** Counters that a program of a list is taken to have at most; the array of one that has more is refused as too large. */
const USUAL_COUNTERS = 64;
const MOST_PLACES = 512;

/** Places that one program serves at most. */
export function mostPlaces(): number {
  return Math.min(MOST_PLACES, LARGEST_ARRAY / (USUAL_COUNTERS * COUNTER_SIZE * roundUp(possibleCpuCount())));
}

/** To a power of two. */
function roundUp(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}
