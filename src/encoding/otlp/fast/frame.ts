/** @module Code that writes what stands around the body and the attributes of a record, and takes up its time. */
import { VECTOR_BYTES } from "../../../event/scan/program/text.ts";
import {
  add,
  add64,
  type Code,
  copyBytes,
  differ,
  equal,
  extend,
  giveBack,
  hasBits,
  i32,
  increase,
  isBelow,
  jump,
  load8,
  load32,
  load64,
  load128,
  loop,
  multiply,
  or128,
  set,
  store64,
  sub,
  type Variable,
  when,
  xor128,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { LINE } from "../../ecs/fast/layout.ts";
import { LOG_RECORDS, OBSERVED_TIME, TIME as TIME_FIELD } from "../fields.ts";
import { FRAME, SECOND_BYTES, TIME, TIME_ANSWER, TIMES } from "./layout.ts";
import { sizeOf, write } from "./values.ts";

/** Tags, with their wire types: each is one byte. */
const [LOG_RECORDS_TAG, TIME_TAG, OBSERVED_TAG] = [
  (LOG_RECORDS << 3) | 2,
  (TIME_FIELD << 3) | 1,
  (OBSERVED_TIME << 3) | 1,
];
/** `LogRecord.body`, and `AnyValue.string_value` in it. */
const [BODY_TAG, STRING_TAG] = [0x2a, 0x0a];
const WORD_BYTES = 8;
const [DIGIT_0, DOT, Z] = [0x30, 0x2e, 0x5a];
const MOST_DIGITS = 9;

interface Writers {
  readonly out: Variable;
  readonly put: Callee;
  readonly varint: Callee;
}

function writeTime(out: Variable, tag: number, time: number): Code {
  return [write(out, tag), store64(out, load64(i32(TIMES), time)), increase(out, i32(WORD_BYTES))];
}

/**
 * `(frame, bodyEnd, behind)`: the body is in `[LINE, bodyEnd)`, its attributes follow up to `behind`. Gives back where the record
 * begins.
 */
export function defineFrame(program: ModuleBuilder, { out, put, varint }: Writers): void {
  program.define(
    3,
    (locals, frame, bodyEnd, behind) => {
      const [body, value, before, size, begin, scratch] = [
        locals.add(),
        locals.add(),
        locals.add(),
        locals.add(),
        locals.add(),
        locals.add(),
      ];
      const name = add(frame, i32(FRAME.name));
      const severityLength = load32(frame, FRAME.severityLength);
      // Tags and the time of the event.
      const fixed = i32(1 + WORD_BYTES + 1 + 1);
      return [
        set(out, behind),
        writeTime(out, OBSERVED_TAG, TIME.observed),
        set(behind, put(name, add(name, load32(frame, FRAME.nameLength)))),
        set(body, sub(bodyEnd, i32(LINE))),
        set(value, add(add(i32(1), sizeOf(body)), body)),
        set(before, add(add(fixed, severityLength), add(sizeOf(value), sizeOf(body)))),
        set(size, add(before, sub(behind, i32(LINE)))),
        set(begin, sub(i32(LINE - 1), add(before, sizeOf(size)))),
        set(out, begin),
        write(out, LOG_RECORDS_TAG),
        set(scratch, varint(size)),
        writeTime(out, TIME_TAG, TIME.event),
        // What `put` writes behind would be in the body.
        copyBytes(out, add(frame, i32(FRAME.severity)), severityLength),
        increase(out, severityLength),
        write(out, BODY_TAG),
        set(scratch, varint(value)),
        write(out, STRING_TAG),
        set(scratch, varint(body)),
        giveBack(begin),
      ];
    },
    "frame",
  );
}

/** `(start, end)`: takes up the time of an event, a text with its quotes. Gives back one of {@link TIME_ANSWER}. */
export function defineTime(program: ModuleBuilder): void {
  program.define(
    2,
    (locals, start, end) => {
      const [nanoseconds, digits] = [locals.add(), locals.add()];
      const tail = SECOND_BYTES - VECTOR_BYTES;
      const text = i32(TIMES);
      const differs = (offset: number) => xor128(load128(start, offset), load128(text, TIME.text + offset));
      const isMore = isBelow(digits, i32(MOST_DIGITS));
      return [
        set(end, sub(end, i32(2))),
        when(differ(load8(end), i32(Z)), giveBack(i32(TIME_ANSWER.unsure))),
        increase(start, i32(1)),
        when(hasBits(or128(differs(0), differs(tail))), giveBack(i32(TIME_ANSWER.anew))),
        increase(start, i32(SECOND_BYTES)),
        when(equal(load8(start), i32(DOT)), [
          increase(start, i32(1)),
          loop((again) =>
            when(
              isBelow(start, end),
              when(isMore, [
                set(nanoseconds, add(multiply(nanoseconds, i32(10)), sub(load8(start), i32(DIGIT_0)))),
                increase(start, i32(1)),
                increase(digits, i32(1)),
                jump(again),
              ]),
            ),
          ),
        ]),
        loop((again) =>
          when(isMore, [
            set(nanoseconds, multiply(nanoseconds, i32(10))),
            increase(digits, i32(1)),
            jump(again),
          ]),
        ),
        store64(text, add64(load64(text, TIME.second), extend(nanoseconds)), TIME.event),
        giveBack(i32(TIME_ANSWER.taken)),
      ];
    },
    "time",
  );
}
