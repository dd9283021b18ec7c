/** @module What an execution means: `process_exec`. */
import { FLAG, flagIf } from "../../process/flags.ts";
import { treeFlag } from "../../process/processes.ts";
import type { DecoderContext, RecordDecoder } from "../probe.ts";
import { ExecImages } from "./images.ts";
import { ExecMemories } from "./long-memory.ts";
import type { ExecView } from "./record.ts";

/** Makes events of executions. */
export function decodeExecs({ processes, metadata, settings }: DecoderContext): RecordDecoder<ExecView> {
  const images = new ExecImages(metadata, settings.credentials === true);
  const memories = new ExecMemories(settings.maxArgumentsSize);
  return {
    decode(record) {
      if (memories.add(record)) return;
      const image = images.of(record, memories.take(record));
      processes.executes(record, image.binary);
      const earlier = processes.find(record);
      const isFirst = earlier !== undefined && (earlier.flags & (FLAG.clone | FLAG.execve)) === FLAG.clone;
      // The parent of a second program is the first, as Tetragon has it.
      const parent =
        earlier !== undefined && !isFirst ? earlier : (processes.findParent(record) ?? earlier?.parent);
      // A new parent does not move an orphan into another tree.
      const flags = image.flags | flagIf(isFirst, FLAG.clone) | treeFlag(earlier ?? parent);
      processes.announce(processes.add(record, parent, flags, image));
    },
    refresh: () => images.clear(),
  };
}
