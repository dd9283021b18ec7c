/**
 * @module The program that says of a line by its bytes alone whether it is certainly valid, as WebAssembly.
 *
 * A scanner is a function that takes the address of a value's first byte and gives back the address behind its last one,
 * or -1 when it is not sure. None need know where the line ends: none takes a newline for a part of a value, so none
 * passes the newline that ends the line. Texts, names of fields, digits and times are looked at 16 bytes at a time, what is
 * between them byte by byte. Fields as they mostly are, one behind the other, are passed by a loop that calls nothing
 * (plain-fields.ts); whatever is written in another way goes through a function for its kind. What fields there are is not
 * in the code but in tables in memory (layout.ts), so that the program is small, and fast from the first events on: it
 * takes less time to compile than they take to scan.
 */
import {
  add,
  type Code,
  differ,
  giveBack,
  i32,
  isNegative,
  isZero,
  select,
  set,
  sub,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import { ModuleBuilder } from "../../../lib/wasm/module.ts";
import { ANSWER } from "../layout.ts";
import { NEWLINE } from "../line.ts";
import { defineTyped } from "./message.ts";
import { defineNumbers } from "./number.ts";
import { defineText } from "./text.ts";
import { defineTime } from "./time.ts";
import { defineValues, isByte, toToken } from "./value.ts";

/** What the program exports. Scanners of lines say of the line `[start, end)`, newline included, what it is: see {@link ANSWER}. */
export interface ScanProgram {
  /** Whether it is a valid event of a described type. @param type Address of the event's type. */
  scanEvent(start: number, end: number, type: number): number;
  /** Whether it is a JSON object. */
  scanObject(start: number, end: number): number;
  /** The address behind the value of any kind at `start`; -1 where it is not certainly one. */
  scanValue(start: number): number;
}

/** The program as a module, which imports its memory as `host.memory`. */
export function scanProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  const isWhole = program.global();
  const alternatives = program.global();
  const hasType = program.global();
  const isNumbered = program.global();
  const text = defineText(program, isNumbered);
  const numbers = defineNumbers(program);
  const values = defineValues(program, { string: text.string, number: numbers.number });
  const scanners = { ...text, ...numbers, ...values, time: defineTime(program) };
  const typed = defineTyped(program, scanners, { isWhole, alternatives, hasType });

  /** Scans a line whose value `scan` scans from `at` on. */
  const line = (at: Variable, end: Variable, scan: Code, isRight: Code): Code => {
    const unsure = giveBack(i32(ANSWER.unsure));
    return [
      set(isWhole, i32(1)),
      set(alternatives, i32(0)),
      set(hasType, i32(0)),
      set(isNumbered, i32(0)),
      when(isZero(isByte(sub(end, i32(1)), NEWLINE)), unsure),
      toToken(at, values.space),
      set(at, scan),
      when(isNegative(at), unsure),
      toToken(at, values.space),
      when(differ(add(at, i32(1)), end), unsure),
      when(isZero(isRight), unsure),
      giveBack(select(isWhole, add(i32(ANSWER.whole), isNumbered), i32(ANSWER.valid))),
    ];
  };
  program.define(3, (_, start, end, type) => line(start, end, typed(start, type), hasType), "scanEvent");
  program.define(2, (_, start, end) => line(start, end, values.object(start, i32(0)), i32(1)), "scanObject");
  program.define(1, (_, start) => giveBack(values.value(start, i32(0))), "scanValue");
  return program.build();
}
