/** @module What a function returns: a number, or a pointer to what is read then, into the record of the call. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { CallBuilder, Scalar } from "../../kernel/program/index.ts";
import type { FieldPlace, RecordLayout } from "../../kernel/record/index.ts";
import { TetradError } from "../../os/error.ts";
import { MARGIN, type ValueLocation } from "../condition/index.ts";
import type { Argument } from "../policy.ts";
import { ARGUMENT_READERS, type ArgumentReader, ReadTarget } from "./argument/index.ts";
import { callRead } from "./argument/memory.ts";
import { READING_STATE } from "./reading.ts";
import { FIELD } from "./record-field.ts";
import { LONGEST_BYTES } from "./scratch.ts";

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
    if (reader.bytes !== undefined && argument.type !== "string")
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

/** Whether it is a string, which is as long as it is. */
export function isText({ reader }: Returned): boolean {
  return reader.bytes !== undefined;
}

/** Bytes of a string that is returned, with its NUL. */
export const RETURNED_SIZE = LONGEST_BYTES + 1;
/** Behind the longest record, where conditions look at strings. */
export const RETURNED_MARGIN = MARGIN;

/** Reads what the value points to into the record. */
export function readReturned(
  b: CallBuilder,
  returned: Returned,
  { record, layout, isUserMemory }: Omit<ReturnedText, "failed">,
): void {
  if (isNumber(returned)) return;
  const { asm } = b;
  const [failed, done] = [asm.freshLabel("unreadable"), asm.freshLabel("read")];
  const state = layout.fields[FIELD.returnedState(returned.index)]!;
  if (isText(returned)) asm.store(8, "r10", textSlot(b, returned.index), 0);
  const target = targetOf(b, returned, record, layout, failed);
  b.loadResult("r1");
  asm.note(`returned ${returned.argument.type}`).store(8, "r10", target.value.slot, "r1");
  if (isText(returned)) readText(b, returned, { record, layout, isUserMemory, failed });
  else returned.reader.read(target);
  asm.store(1, record, state.offset, READING_STATE.read);
  if (asm.isReached(failed)) {
    asm.jump(done).label(failed).store(1, record, state.offset, READING_STATE.failed).label(done);
  }
}

/** What a string is read with. */
interface ReturnedText {
  readonly record: HeldRegister;
  readonly layout: RecordLayout;
  /** Whether addresses are the process's own. */
  readonly isUserMemory: boolean;
  readonly failed: string;
}

/** The string goes behind what there is of the record. */
function readText(
  b: CallBuilder,
  { index }: Returned,
  { record, layout, isUserMemory, failed }: ReturnedText,
): void {
  const { asm } = b;
  const { offset: lengthAt } = layout.fields.length!;
  const counted = asm.freshLabel("counted");
  asm.load(4, "r1", record, lengthAt).jumpIf("r1", ">", layout.maxSize - RETURNED_SIZE, failed);
  asm.store(8, "r10", textSlot(b, index), "r1");
  asm.alu("r1", "+=", record).set("r2", RETURNED_SIZE).load(8, "r3", "r10", returnedSlot(b));
  callRead(asm, "string", { isUserMemory });
  asm.jumpIf("r0", "s<", 0, failed);
  // Older kernels answer 0 for an empty string, as if it had no NUL.
  asm.jumpIf("r0", "==", 0, counted).alu("r0", "-=", 1).label(counted);
  asm.store(4, record, layout.segments[FIELD.returnedBytes(index)]!.lengthOffset, "r0");
  asm.load(4, "r1", record, lengthAt).alu("r1", "+=", "r0").store(4, record, lengthAt, "r1");
}

/**
 * Asks something of a string that was read. What is before it in the record, which conditions may write over, is as it was afterwards.
 * @param options `ask`: adds the code, which goes on at a label where it does not hold. `failed`: that label; `holdsOnUnreadable`: whether it
 * holds where nothing could be read.
 */
export function askReturnedText(
  b: CallBuilder,
  { index }: Returned,
  { record, layout }: Pick<ReturnedText, "record" | "layout">,
  {
    ask,
    failed,
    holdsOnUnreadable,
  }: {
    readonly ask: (location: ValueLocation, failed: string) => void;
    readonly failed: string;
    readonly holdsOnUnreadable: boolean;
  },
): void {
  const { asm } = b;
  const [unread, fails, held] = ["unread", "fails", "holds"].map((stem) => asm.freshLabel(stem)) as [
    string,
    string,
    string,
  ];
  const before = asm.slot("before the returned string");
  using text = asm.hold("returned string");
  asm.load(8, text, "r10", textSlot(b, index)).jumpIf(text, "<", layout.headerSize, unread);
  asm.jumpIf(text, ">", layout.maxSize - RETURNED_SIZE, unread).alu(text, "+=", record);
  asm.load(8, "r1", text, -MARGIN).store(8, "r10", before, "r1");
  const { lengthOffset } = layout.segments[FIELD.returnedBytes(index)]!;
  const length = { base: record, offset: lengthOffset, size: 4 } as const;
  ask({ bytes: { address: text, offset: 0, capacity: RETURNED_SIZE, length } }, fails);
  const restore = () => asm.load(8, "r1", "r10", before).store(8, text, -MARGIN, "r1");
  restore();
  asm.jump(held).label(fails);
  restore();
  asm.jump(failed).label(unread);
  if (!holdsOnUnreadable) asm.jump(failed);
  asm.label(held);
}

/** Where the string begins in the record; 0 where it could not be read. */
function textSlot({ asm }: CallBuilder, index: number): number {
  return asm.slot(`returned string ${index}`);
}

function returnedSlot({ asm }: CallBuilder): number {
  return asm.slot("returned");
}

/** Where conditions find the value, of what is no string. */
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
  const value: Scalar = { slot: returnedSlot(b) };
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
