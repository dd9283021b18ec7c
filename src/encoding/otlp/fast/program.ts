/** @module The program that writes attributes of a line, as WebAssembly: values are those that the walk over it has noted. */
import { pass } from "../../../event/scan/program/value.ts";
import { fillBytes, giveBack, i32, set, store32 } from "../../../lib/wasm/code.ts";
import { ModuleBuilder } from "../../../lib/wasm/module.ts";
import { MAX_SLOTS, OUT, SLOT_BYTES, SLOTS, TYPE } from "../../ecs/fast/layout.ts";
import { defineIsSame } from "../../ecs/fast/program/compose.ts";
import { defineTextMakers } from "../../ecs/fast/program/texts.ts";
import { defineWalk } from "../../ecs/fast/program/walk.ts";
import { definePut } from "../../ecs/fast/program/write.ts";
import { defineFind } from "../../protobuf/transcode/program/name.ts";
import { defineSteps } from "./compose.ts";
import { defineFrame, defineTime } from "./frame.ts";
import { defineKept } from "./keep.ts";
import { defineBegin, defineContent, defineInt, defineLength, defineVarint } from "./values.ts";

/** What the program exports. */
export interface RecordProgram {
  /**
   * Goes over the line from `line` on, which ends in a newline and is an event of which all is known, and notes where values
   * are. @param event Address of its group.
   * @returns The address behind the event; -1 where another way has to be found.
   */
  walk(line: number, event: number): number;
  /** Takes up the time of the event, a text with its quotes. @returns One of `TIME_ANSWER` (layout.ts). */
  time(start: number, end: number): number;
  /**
   * Writes what the steps `[step, end)` say. @param to Where: what is up to 16 bytes behind the end is not what it was, either.
   * @returns The address behind it; -1 where another way has to be found.
   */
  attributes(step: number, end: number, to: number): number;
  /**
   * Writes attributes that are kept. @param kind What they are of. @param start The part of the line that they are made of, up to
   * `end`. @param word Eight bytes that most other such parts do not have, or that lie behind it. @param to As for {@link attributes}.
   * @returns The address behind them; 0 where there are none.
   */
  kept(kind: number, start: number, end: number, word: number, to: number): number;
  /** Address of the entries that may have attributes with that `word`. */
  keptSet(word: number): number;
  /**
   * Writes what stands around the body, in `[LINE, bodyEnd)`, and the attributes, which follow up to `behind`.
   * @returns Where the record begins.
   */
  frame(frame: number, bodyEnd: number, behind: number): number;
}

/** The program as a module, which imports its memory as `host.memory`. */
export function recordProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  const out = program.global();
  const isPlainOnly = program.global();
  const put = definePut(program, out);
  const { taken, string } = defineWalk(program, { out, put, find: defineFind(program) });
  const { base, extension } = defineTextMakers(program, { out, put, string, isPlainOnly });
  program.define(
    2,
    (locals, line, event) => {
      const at = locals.add();
      return [
        // Nothing stays of the event.
        set(out, i32(OUT)),
        fillBytes(i32(SLOTS), i32(0), i32(MAX_SLOTS * SLOT_BYTES)),
        store32(i32(TYPE), i32(0)),
        pass(at, taken(line, event)),
        giveBack(at),
      ];
    },
    "walk",
  );
  const varint = defineVarint(program, out);
  const begin = defineBegin(program, { out, put, varint });
  const length = defineLength(program);
  const isSame = defineIsSame(program);
  defineKept(program, { out, put, isSame });
  defineFrame(program, { out, put, varint });
  defineTime(program);
  defineSteps(program, {
    ...{ out, put, base, extension, varint, begin, length, isSame },
    content: defineContent(program, out, put),
    int: defineInt(program, { out, put, varint }),
  });
  return program.build();
}
