/**
 * @module The program that turns a line of JSON into a message of protobuf, as WebAssembly.
 *
 * It goes over the line once and writes each value as it comes. A writer is a function that takes the address of a value's
 * first byte and that of what the tables say of it (layout.ts); it writes behind what has been written before, and gives
 * back the address behind the value's last byte, or -1 when it is not sure: then what was written is void. None need know
 * where the line ends: none takes the newline for a part of a value.
 */
import { NEWLINE } from "../../../../event/scan/line.ts";
import { defineNumbers } from "../../../../event/scan/program/number.ts";
import { defineText, unsure } from "../../../../event/scan/program/text.ts";
import { defineValues, isByte, pass, toToken } from "../../../../event/scan/program/value.ts";
import { add, differ, giveBack, i32, isZero, set, store32, sub, when } from "../../../../lib/wasm/code.ts";
import { ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { HIGH_BYTES, UNKNOWN } from "../layout.ts";
import { defineRoot } from "./message.ts";
import { defineInteger } from "./number.ts";
import { defineOutput } from "./output.ts";
import { defineTexts } from "./text.ts";
import { defineTime } from "./time.ts";
import { defineUnknown } from "./unknown.ts";

/** What the program exports. */
export interface TranscodeProgram {
  /**
   * Writes the event of the line `[start, end)`, newline included, as a message from `to` on.
   * @param event Address of its group.
   * @returns The address behind the message; -1 where another way has to be found.
   */
  transcode(start: number, end: number, to: number, event: number): number;
}

/** The program as a module, which imports its memory as `host.memory`. */
export function transcodeProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  const highBytes = program.global();
  const types = program.global();
  const unknown = program.global();
  const output = defineOutput(program);
  const text = defineText(program, program.global());
  const { number } = defineNumbers(program);
  const scanners = { ...text, ...defineValues(program, { string: text.string, number }) };
  const fields = defineRoot(program, {
    ...defineTexts(program, output, highBytes),
    integer: defineInteger(program, output),
    time: defineTime(program, output),
    unknown: defineUnknown(program, scanners, unknown),
    scanners,
    output,
    types,
  });
  program.define(
    4,
    (_, at, end, to, event) => [
      set(output.out, to),
      set(highBytes, i32(0)),
      set(types, i32(0)),
      set(unknown, i32(0)),
      when(isZero(isByte(sub(end, i32(1)), NEWLINE)), unsure),
      toToken(at, scanners.space),
      pass(at, fields(at, event)),
      toToken(at, scanners.space),
      when(differ(add(at, i32(1)), end), unsure),
      // Without a type it is no event of the API, and with two it is none of anybody's.
      when(differ(types, i32(1)), unsure),
      store32(i32(HIGH_BYTES), highBytes),
      store32(i32(UNKNOWN), unknown),
      giveBack(output.out),
    ],
    "transcode",
  );
  return program.build();
}
