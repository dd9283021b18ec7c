/** @module The program that makes a document of a line, as WebAssembly. */
import { NEWLINE } from "../../../../event/scan/line.ts";
import { unsure } from "../../../../event/scan/program/text.ts";
import { isByte, pass } from "../../../../event/scan/program/value.ts";
import { differ, equal, fillBytes, giveBack, i32, set, store32, when } from "../../../../lib/wasm/code.ts";
import { ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { defineEscape } from "../../../escape-program.ts";
import { defineFind } from "../../../protobuf/transcode/program/name.ts";
import { ESCAPES, MAX_SLOTS, SLOT_BYTES, SLOTS, TYPE } from "../layout.ts";
import { defineCompose, defineIsSame } from "./compose.ts";
import { defineTextMakers } from "./texts.ts";
import { defineWalk } from "./walk.ts";
import { definePut } from "./write.ts";

/** What the program exports. */
export interface DocumentProgram {
  /**
   * Goes over the line from `line` on, which ends in a newline and is an event of which all is known: notes where values
   * are, and writes from `to` on what stays of the event, nothing where nothing does.
   * @param event Address of its group.
   * @returns The address behind the event; -1 where another way has to be found.
   */
  walk(line: number, to: number, event: number): number;
  /**
   * Writes behind what was written what the steps `[step, end)` say. @param line With {@link lineEnd}: the text of the line.
   * @returns The address behind it; -1 where another way has to be found.
   */
  compose(step: number, end: number, line: number, lineEnd: number): number;
  /** Whether quotes mean nothing in arguments. */
  setPlain(isPlainOnly: number): number;
}

/** The program as a module, which imports its memory as `host.memory`. */
export function documentProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  const out = program.global();
  const isPlainOnly = program.global();
  const put = definePut(program, out);
  const { taken, string } = defineWalk(program, { out, put, find: defineFind(program) });
  const makers = defineTextMakers(program, { out, put, string, isPlainOnly });
  program.define(
    3,
    (locals, line, to, event) => {
      const at = locals.add();
      return [
        set(out, to),
        fillBytes(i32(SLOTS), i32(0), i32(MAX_SLOTS * SLOT_BYTES)),
        store32(i32(TYPE), i32(0)),
        pass(at, taken(line, event)),
        when(equal(out, to), unsure),
        when(differ(isByte(at, NEWLINE), i32(1)), unsure),
        giveBack(at),
      ];
    },
    "walk",
  );
  const parts = {
    ...makers,
    out,
    put,
    escape: defineEscape(program, ESCAPES),
    isSame: defineIsSame(program),
  };
  defineCompose(program, parts, "compose");
  program.define(1, (_, value) => [set(isPlainOnly, value), giveBack(value)], "setPlain");
  return program.build();
}
