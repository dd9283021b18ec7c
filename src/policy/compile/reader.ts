/** @module Reads arguments into the scratch. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder, Scalar } from "../../kernel/program/index.ts";
import type { Argument } from "../policy.ts";
import { type FileTarget, ReadTarget } from "./argument/index.ts";
import { type DataSettings, type LongBuffer, sendData } from "./buffer-data.ts";
import { type Plan, RESULT } from "./plan.ts";
import { READING_STATE, type Reading } from "./reading.ts";
import { emitWay } from "./resolve.ts";
import { type SourceSettings, type ValueSource, valueSource } from "./value-source.ts";

/** Adds the code that reads the arguments of a program. */
export class Reader {
  readonly source: ValueSource;
  readonly #b: ProgramBuilder;
  readonly #value: Scalar;
  readonly #size: Scalar;
  readonly #hasTypedTask: boolean;

  /** @param settings `hasTypedTask`: whether the verifier knows what the task leads to. */
  constructor(b: ProgramBuilder, plan: Plan, settings: SourceSettings & { readonly hasTypedTask: boolean }) {
    this.#hasTypedTask = settings.hasTypedTask;
    this.#b = b;
    this.#value = { slot: b.asm.slot("value") };
    this.#size = { slot: b.asm.slot("size") };
    this.source = valueSource(b, plan.point, usedSources(plan), settings);
  }

  /** Reads an argument. @returns Whether that may fail. */
  read(scratch: HeldRegister, reading: Reading): boolean {
    const { asm } = this.#b;
    const { argument, reader, state, region, way } = reading;
    const [failed, done] = [asm.freshLabel("unreadable"), asm.freshLabel("read")];
    asm.note(argument.type);
    if (argument.type !== "nop") this.#load(this.#value, argument.source, failed);
    if (argument.sizeIndex !== undefined)
      this.#load(this.#size, { kind: "argument", index: argument.sizeIndex }, failed);
    const isUserMemory = this.#isUserMemory(argument);
    const lost = asm.freshLabel("way_lost");
    if (way !== undefined) emitWay(this.#b, way, { value: this.#value, isUserMemory, failed: lost });
    reader.read(this.target(scratch, reading, failed));
    asm.store(1, scratch, state, READING_STATE.read).jump(done);
    const isLost = way !== undefined && asm.isReached(lost);
    const canFail = isLost || asm.isReached(failed);
    if (canFail) {
      if (asm.isReached(failed)) asm.label(failed).set("r0", 0);
      if (isLost) asm.label(lost);
      asm.alu("r0", "+=", READING_STATE.failed).store(1, scratch, state, "r0");
      if (region !== undefined) asm.store(4, scratch, region.length, 0);
    }
    asm.label(done);
    return canFail;
  }

  /** Where an argument is, and where it goes. */
  target(scratch: HeldRegister, { argument, fields, region }: Reading, failed: string): ReadTarget {
    return new ReadTarget({
      builder: this.#b,
      scratch,
      fields,
      region,
      value: this.#value,
      size: argument.sizeIndex === undefined ? undefined : this.#size,
      isUserMemory: this.#isUserMemory(argument),
      hasTypedTask: this.#hasTypedTask,
      sourceSize: this.source.size(argument.source),
      failed,
    });
  }

  /** Sends what long buffers have beyond the record, of those that were read. */
  sendRest(scratch: HeldRegister, readings: readonly Reading[], settings: DataSettings): void {
    const { asm } = this.#b;
    for (const { index, argument, state, fields } of readings) {
      if (!argument.isLong || argument.isReadAtReturn) continue;
      const unread = asm.freshLabel("unread");
      asm.load(1, "r1", scratch, state).jumpIf("r1", "!=", READING_STATE.read, unread);
      const places = fields as LongBuffer["fields"];
      const isUserMemory = this.#isUserMemory(argument);
      sendData(this.#b, { index, base: scratch, fields: places, isUserMemory }, settings);
      asm.label(unread);
    }
  }

  /** Where an argument is that leads to a file; it is not read. */
  find({ argument }: Reading, failed: string): FileTarget {
    this.#load(this.#value, argument.source, failed);
    return { builder: this.#b, value: this.#value, hasTypedTask: this.#hasTypedTask, failed };
  }

  #isUserMemory({ source }: Argument): boolean {
    return this.source.isUserMemory(source);
  }

  #load({ slot }: Scalar, source: Argument["source"], failed: string): void {
    this.source.load("r1", source, failed);
    this.#b.asm.store(8, "r10", slot, "r1");
  }
}

/** All that is looked at. */
function usedSources({ readings }: Plan): Argument["source"][] {
  return readings.flatMap(({ argument: { source, sizeIndex, type } }) => [
    ...(type === "nop" ? [] : [source]),
    ...(sizeIndex === undefined ? [] : [{ kind: "argument", index: sizeIndex } as const]),
  ]);
}

/** Reads all that events may need, where a selector that holds sets an argument, or registers: they are reported as they were. */
export function readBeforeSet(
  { asm }: ProgramBuilder,
  scratch: HeldRegister,
  { entries, readings, override }: Plan,
  reader: Reader,
): void {
  const setting = entries
    .flatMap(({ selectors }) => selectors)
    .filter(({ actions }) =>
      actions.some(({ action }) => action === "Set" || (action === "Override" && override === "registers")),
    );
  if (setting.length === 0) return;
  const isAlone = entries.flatMap(({ selectors }) => selectors).length === 1;
  const [needed, unchanged] = [asm.freshLabel("needed"), asm.freshLabel("unchanged")];
  for (const { result } of isAlone ? [] : setting)
    asm.load(1, "r1", scratch, result).jumpIf("r1", "&", RESULT.held, needed);
  if (!isAlone) asm.jump(unchanged);
  asm.label(needed);
  for (const reading of readings) {
    const known = asm.freshLabel("known");
    asm.load(1, "r1", scratch, reading.state).jumpIf("r1", "!=", READING_STATE.unread, known);
    reader.read(scratch, reading);
    asm.label(known);
  }
  asm.label(unchanged);
}
