/** @module The memory that records of processes are made up in: one value for each processor. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import { PROCESS_MAP, PROCESS_RECORD } from "../condition/process/index.ts";

/** Name of the map. */
export const PROCESS_SCRATCH = "tetrad_process_s";

/** Bytes of a program's path, and of an element of its argv. */
export const LONGEST_TEXT = 4096;
/** The longest name, which is written at once, and its slash. */
const SLACK = 256;
/** Bytes before and behind texts that conditions may use. */
const MARGIN = 8;

/** Where everything lies, behind the record that is made up. */
const END = Math.ceil(PROCESS_RECORD.size / 8) * 8;
const TEXT = END + 16 + MARGIN;

/** Fields that the path of a program has, and the region that it is written to from its end. */
export const PATH_FIELDS = {
  mode: { offset: END, size: 2 },
  end: { offset: END + 2, size: 1 },
} as const;
export const TEXT_REGION = {
  offset: TEXT,
  capacity: LONGEST_TEXT,
  length: END + 4,
  start: END + 8,
} as const;

/** The map. */
export function processScratchMap(): MapDefinition {
  const valueSize = TEXT + LONGEST_TEXT + SLACK + MARGIN;
  return { name: PROCESS_SCRATCH, type: BPF_MAP_TYPE.PERCPU_ARRAY, keySize: 4, valueSize, maxEntries: 1 };
}

/** The scratch, in a register of its own. */
export function openProcessScratch(b: ProgramBuilder): HeldRegister {
  const { asm } = b;
  const key = asm.slot("scratch key", 4);
  asm.store(4, "r10", key, 0);
  b.mapLookup(PROCESS_SCRATCH, key);
  b.leaveIf("r0", "==", 0);
  const scratch = asm.hold("scratch", "r7");
  asm.set(scratch, "r0");
  return scratch;
}

/** `r0` = the record of the process whose number is in a slot, or 0. */
export function findRecord(b: ProgramBuilder, tgid: number): void {
  b.mapLookup(PROCESS_MAP, tgid);
}

/** Makes the scratch's record that of the process whose number is in a slot. */
export function storeRecord(b: ProgramBuilder, scratch: HeldRegister, tgid: number): void {
  b.asm.note("keep the record").loadMap("r1", PROCESS_MAP).set("r2", "r10").alu("r2", "+=", tgid);
  b.asm.set("r3", scratch).set("r4", 0).call("map_update_elem");
}
