/** @module The program that writes attributes of a line, as WebAssembly: values are those that the walk over it has noted. */
import { pass } from "../../../event/scan/program/value.ts";
import { fillBytes, giveBack, i32, set, store32 } from "../../../lib/wasm/code.ts";
import { ModuleBuilder } from "../../../lib/wasm/module.ts";
import { MAX_SLOTS, SLOT_BYTES, SLOTS, TYPE } from "../../ecs/fast/layout.ts";
import { defineIsSame } from "../../ecs/fast/program/compose.ts";
import { defineTextMakers } from "../../ecs/fast/program/texts.ts";
import { defineWalk } from "../../ecs/fast/program/walk.ts";
import { definePut } from "../../ecs/fast/program/write.ts";
import { defineFind } from "../../protobuf/transcode/program/name.ts";
import { defineSteps } from "./compose.ts";
import { defineBegin, defineContent, defineInt, defineLength, defineVarint } from "./values.ts";

/** What the program exports. */
export interface RecordProgram {
  /**
   * Goes over the line from `line` on, which ends in a newline and is an event of which all is known, and notes where values
   * are. @param to Where attributes will be written. @param event Address of its group.
   * @returns The address behind the event; -1 where another way has to be found.
   */
  walk(line: number, to: number, event: number): number;
  /** Writes what the steps `[step, end)` say. @returns The address behind it; -1 where another way has to be found. */
  attributes(step: number, end: number): number;
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
    3,
    (locals, line, to, event) => {
      const at = locals.add();
      return [
        set(out, to),
        fillBytes(i32(SLOTS), i32(0), i32(MAX_SLOTS * SLOT_BYTES)),
        store32(i32(TYPE), i32(0)),
        pass(at, taken(line, event)),
        set(out, to),
        giveBack(at),
      ];
    },
    "walk",
  );
  const varint = defineVarint(program, out);
  const begin = defineBegin(program, { out, put, varint });
  const length = defineLength(program);
  defineSteps(program, {
    ...{ out, put, base, extension, varint, begin, length },
    isSame: defineIsSame(program),
    content: defineContent(program, out, put),
    int: defineInt(program, { out, put, varint }),
  });
  return program.build();
}
