/** @module What a fork means: a process begins. No event is made of it. */
import { FLAG } from "../../process/flags.ts";
import { UNKNOWN_IMAGE } from "../../process/image.ts";
import { treeFlag } from "../../process/processes.ts";
import type { DecoderContext, RecordDecoder } from "../probe.ts";
import type { ForkView } from "./record.ts";

/** Adds processes. One is its parent's image until it executes another. */
export function decodeForks({ processes }: DecoderContext): RecordDecoder<ForkView> {
  return {
    decode(record) {
      if (processes.find(record) !== undefined) return;
      const parent = processes.findParent(record);
      processes.add(record, parent, FLAG.clone | treeFlag(parent), parent?.image ?? UNKNOWN_IMAGE);
    },
  };
}
