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

/** Bytes that processors do not share with each other. */
const CACHE_LINE = 64;
const COUNTER_SIZE = 8;

/** The counters of a program. */
export class Counters {
  readonly #map: string;
  #count = 0;

  /** @param map The array's name. */
  constructor(map: string) {
    this.#map = map;
  }

  /** A counter. @returns Its position. */
  add(): number {
    return this.#count++;
  }

  /** Bytes of a processor's line: a power of two. */
  get lineSize(): number {
    return Math.max(CACHE_LINE, 2 ** Math.ceil(Math.log2(Math.max(1, this.#count) * COUNTER_SIZE)));
  }

  /** The array: one element, which is lines. */
  definition(): MapDefinition {
    return {
      name: this.#map,
      type: BPF_MAP_TYPE.ARRAY,
      keySize: 4,
      valueSize: this.lineSize * lineCount(),
      maxEntries: 1,
      flags: BPF_F_MMAPABLE,
    };
  }

  /** Adds one. Uses `r0` to `r5`. All counters must have been made by then. */
  emit(b: ProgramBuilder, counter: number): void {
    b.asm
      .note("count")
      .call("get_smp_processor_id")
      .alu("r0", "&=", lineCount() - 1);
    b.asm.alu("r0", "<<=", Math.log2(this.lineSize)).loadMapValue("r1", this.#map, counter * COUNTER_SIZE);
    // An interrupt may run another program on this processor meanwhile.
    b.asm.alu("r1", "+=", "r0").set("r2", 1).atomicAdd(COUNTER_SIZE, "r1", 0, "r2");
  }
}

/** Processors, rounded up to a power of two: a mask bounds their numbers. */
function lineCount(): number {
  return 2 ** Math.ceil(Math.log2(possibleCpuCount()));
}

/** Sums a counter over all lines. @param memory The array's only element. */
export function readCounter(memory: BigUint64Array, lineSize: number, counter: number): bigint {
  let sum = 0n;
  for (let at = counter; at < memory.length; at += lineSize / COUNTER_SIZE) sum += memory[at]!;
  return sum;
}
