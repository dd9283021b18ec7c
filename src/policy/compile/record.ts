/** @module The record of a call: one for all entries that it means something to. */

import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder, RecordMaps, Scalar } from "../../kernel/program/index.ts";
import { RecordWriter } from "../../kernel/program/index.ts";
import { defineRecord, type Fields, type FieldType, type RecordLayout } from "../../kernel/record/index.ts";
import { HASH_FIELDS, recordDecision } from "./file-hash.ts";
import type { Plan } from "./plan.ts";
import type { Reading } from "./reading.ts";
import { FIELD } from "./record-field.ts";
import { isNumber, isText, RETURNED_SIZE } from "./returned.ts";
import { LONGEST_BYTES } from "./scratch.ts";
import { placeSlot } from "./shared-place.ts";
import { emitOwner } from "./socket-owner.ts";
import { STACKS } from "./stack-trace.ts";

/** What every record begins with. Times are nanoseconds of `CLOCK_BOOTTIME`. */
export const POLICY_HEADER = {
  /** As all records of the sensor have it first: which kind it is. */
  kind: "u32",
  /** Which program made it. */
  hook: "u32",
  time: "u64",
  /** Of the process, which is known by this and `pid`. */
  start_time: "u64",
  pid: "u32",
  tid: "u32",
  /** Bytes of the record, of one that waits for the function's return. */
  length: "u32",
} as const satisfies Fields;

/** Lays out the record of a program. */
export function policyRecord({ entries, readings, returned, stacks, placeCount, hash }: Plan): RecordLayout {
  const fields: Record<string, FieldType> = { ...POLICY_HEADER };
  const segments: Record<string, number> = {};
  if (placeCount > 1) fields[FIELD.place] = "u32";
  if (hash !== undefined) Object.assign(fields, HASH_FIELDS);
  if (returned.length > 0) fields[FIELD.returned] = "u64";
  for (const value of returned) {
    if (isNumber(value)) continue;
    for (const [name, type] of Object.entries(value.reader.fields))
      fields[FIELD.returnedValue(value.index, name)] = type;
    fields[FIELD.returnedState(value.index)] = "u8";
  }
  for (const { index, reader } of readings) {
    for (const [name, type] of Object.entries(reader.fields)) fields[FIELD.value(index, name)] = type;
    if (reader.bytes !== undefined) segments[FIELD.bytes(index)] = LONGEST_BYTES;
  }
  for (const { kind } of stacks) segments[FIELD.stack(kind)] = STACKS[kind].size;
  // They are added last.
  for (const { index } of readings.filter(isReturned)) segments[FIELD.bytes(index)] = LONGEST_BYTES;
  for (const { index } of returned.filter(isText)) segments[FIELD.returnedBytes(index)] = RETURNED_SIZE;
  for (const { index } of readings) fields[FIELD.state(index)] = "u8";
  for (const { index } of entries.flatMap(({ selectors }) => selectors)) fields[FIELD.result(index)] = "u8";
  return defineRecord(fields, segments);
}

/** Whether the function fills it: its bytes come when it returns. */
export function isReturned({ argument }: Reading): boolean {
  return argument.isReadAtReturn;
}

/** What the function returns is not known yet. */
function emptyReturned(record: RecordWriter<Fields, Record<string, number>>, { returned }: Plan): void {
  if (returned.length > 0) record.constant(FIELD.returned, 0);
  for (const value of returned) {
    if (isNumber(value)) continue;
    for (const name of Object.keys(value.reader.fields))
      record.constant(FIELD.returnedValue(value.index, name), 0);
    record.constant(FIELD.returnedState(value.index), 0);
  }
}

/** What {@link writeRecord} needs beside the plan. */
export interface RecordSettings {
  readonly layout: RecordLayout;
  readonly maps: RecordMaps;
  readonly scratch: HeldRegister;
  /** The number that records of policies begin with. */
  readonly kind: number;
  /** The program's number. */
  readonly hook: number;
  /** Thread and process. */
  readonly pidTgid: Scalar;
}

/** Begins a record, and fills it but for what the function returns. */
export function writeRecord(b: ProgramBuilder, plan: Plan, settings: RecordSettings) {
  const { asm } = b;
  const { layout, maps, scratch, kind, hook, pidTgid } = settings;
  const task = b.currentTask("task");
  const startTime = b.scalar(task, "group_leader.start_boottime", "start time");
  const thread = emitOwner(b, plan.entries, { scratch, startTime, pidTgid });
  const record = RecordWriter.inScratch(b, layout, maps);
  record.constant("kind", kind);
  record.constant("hook", hook);
  record.helper("time", "ktime_get_boot_ns");
  b.loadSlot("r1", startTime);
  record.register("start_time", "r1");
  b.loadSlot("r1", thread);
  record.register("tid", "r1");
  asm.alu("r1", ">>=", 32);
  record.register("pid", "r1");
  record.constant("length", 0);
  if (plan.placeCount > 1) {
    b.loadSlot("r1", placeSlot(b));
    record.register(FIELD.place, "r1");
  }
  emptyReturned(record, plan);
  recordDecision(b, record, plan);
  const copy = (field: string, size: 1 | 2 | 4 | 8, offset: number): void => {
    asm.note(field).load(size, "r1", scratch, offset);
    record.register(field, "r1");
  };
  for (const { selectors } of plan.entries)
    for (const { index, result } of selectors) copy(FIELD.result(index), 1, result);
  for (const { index, state, fields } of plan.readings) {
    copy(FIELD.state(index), 1, state);
    for (const [name, { offset, size }] of Object.entries(fields))
      copy(FIELD.value(index, name), size, offset);
  }
  for (const { index, region } of plan.readings) {
    if (region === undefined) continue;
    const { offset, length, start } = region;
    record.bytes(FIELD.bytes(index), { base: scratch, offset, length, start });
  }
  for (const { kind, region } of plan.stacks)
    record.bytes(FIELD.stack(kind), { base: scratch, offset: region.offset, length: region.length });
  for (const { index } of plan.readings.filter(isReturned)) record.empty(FIELD.bytes(index));
  for (const { index } of plan.returned.filter(isText)) record.empty(FIELD.returnedBytes(index));
  return record;
}
