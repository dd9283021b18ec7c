/** @module What a function returns: a number, or a pointer to what is read then, into the record of the call. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { CallBuilder, Scalar } from "../../kernel/program/index.ts";
import type { FieldPlace, RecordLayout } from "../../kernel/record/index.ts";
import { TetradError } from "../../os/error.ts";
import type { ValueLocation } from "../condition/index.ts";
import type { Argument } from "../policy.ts";
import { ARGUMENT_READERS, type ArgumentReader, ReadTarget } from "./argument/index.ts";
import { READING_STATE } from "./reading.ts";
import { FIELD } from "./record-field.ts";

/** What an entry makes of the value. */
export interface Returned {
  /** Position among the program's; entries that make the same of it have one. */
  readonly index: number;
  readonly argument: Argument;
  readonly reader: ArgumentReader;
}

/** All that a program's entries make of the value. */
export class ReturnedValues {
  readonly all: Returned[] = [];

  /** @throws TetradError `unsupported` for what has no fixed size. */
  of(argument: Argument | undefined): Returned | undefined {
    if (argument === undefined) return undefined;
    const reader = ARGUMENT_READERS[argument.type];
    if (reader.bytes !== undefined)
      throw new TetradError("unsupported", `Cannot read a returned value of type "${argument.type}" yet`);
    const known = this.all.find(({ argument: { type } }) => type === argument.type);
    if (known !== undefined) return known;
    const returned = { index: this.all.length, argument, reader };
    this.all.push(returned);
    return returned;
  }
}

/** Whether it is a number, which is in the record as it came. */
export function isNumber({ reader }: Returned): boolean {
  return reader.inPlace !== undefined;
}

/** Reads what the value points to into the record. */
export function readReturned(
  b: CallBuilder,
  returned: Returned,
  record: HeldRegister,
  layout: RecordLayout,
): void {
  if (isNumber(returned)) return;
  const { asm } = b;
  const [failed, done] = [asm.freshLabel("unreadable"), asm.freshLabel("read")];
  const state = layout.fields[FIELD.returnedState(returned.index)]!;
  const target = targetOf(b, returned, record, layout, failed);
  b.loadResult("r1");
  asm.note(`returned ${returned.argument.type}`).store(8, "r10", target.value.slot, "r1");
  returned.reader.read(target);
  asm.store(1, record, state.offset, READING_STATE.read);
  if (asm.isReached(failed)) {
    asm.jump(done).label(failed).store(1, record, state.offset, READING_STATE.failed).label(done);
  }
}

/** Where conditions find the value. */
export function returnedLocation(
  b: CallBuilder,
  returned: Returned,
  record: HeldRegister,
  layout: RecordLayout,
): ValueLocation {
  const { inPlace } = returned.reader;
  if (inPlace !== undefined)
    return { integer: { ...inPlace, place: { ...b.resultPlace(), size: inPlace.size } } };
  return returned.reader.location(targetOf(b, returned, record, layout, ""));
}

function targetOf(
  b: CallBuilder,
  { index, reader }: Returned,
  record: HeldRegister,
  layout: RecordLayout,
  failed: string,
): ReadTarget {
  const fields: Record<string, FieldPlace> = Object.fromEntries(
    Object.keys(reader.fields).map((name) => [name, layout.fields[FIELD.returnedValue(index, name)]!]),
  );
  const value: Scalar = { slot: b.asm.slot("returned") };
  return new ReadTarget({
    builder: b,
    scratch: record,
    fields,
    region: undefined,
    value,
    size: undefined,
    isUserMemory: false,
    sourceSize: undefined,
    failed,
  });
}
