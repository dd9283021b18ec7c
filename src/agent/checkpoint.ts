/** @module Opens the checkpoint that the options ask for. */
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { findUser } from "../os/user.ts";
import type { SourceDefinition } from "../source/source.ts";
import { SOURCES } from "./components.ts";
import type { OptionValues } from "./option-table.ts";
import { parseSource } from "./source-spec.ts";

/**
 * The checkpoint of `--checkpoint-file`, or one in memory where no source can be resumed (a warning has said that the
 * option has no effect then).
 * @throws TetradError when the file cannot be used.
 */
export function openCheckpoint(values: OptionValues): Checkpoint {
  const path = values["checkpoint-file"];
  const sources: readonly SourceDefinition[] = values["event-source"].flatMap((name) =>
    parseSource(name, SOURCES).map(({ definition }) => definition),
  );
  if (path === "" || !sources.some(({ isResumable }) => isResumable)) return Checkpoint.anonymous();
  return Checkpoint.open(path, values.user === "" ? undefined : findUser(values.user).uid);
}
