/** @module Opens the checkpoint that the options ask for, and looks after its file. */
import type { ConsolaInstance } from "consola";
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { OwnCheckpoint } from "../exporter/exporter.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { findUser } from "../os/user.ts";
import type { SourceDefinition } from "../source/source.ts";
import { Throttle } from "../telemetry/throttle.ts";
import { usedExporters } from "./component-use.ts";
import { SOURCES } from "./components.ts";
import type { OptionValues } from "./option-table.ts";
import { parseSource } from "./source-spec.ts";

/** Where the checkpoint is kept: where the user says so, else where an exporter that is followed keeps what it has. */
export function checkpointPath(values: OptionValues): string {
  return values["checkpoint-file"] || (ownCheckpoint(values)?.path ?? "");
}

function ownCheckpoint(values: OptionValues): OwnCheckpoint | undefined {
  for (const { definition, values: own } of usedExporters(values)) {
    const kept = definition.checkpoint?.(own);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/**
 * The checkpoint of `--checkpoint-file`, or one in memory where no source can be resumed (a warning has said that the
 * option has no effect then).
 * @throws TetradError when the file cannot be used.
 */
export function openCheckpoint(values: OptionValues): Checkpoint {
  const path = checkpointPath(values);
  const sources: readonly SourceDefinition[] = values["event-source"].flatMap((name) =>
    parseSource(name, SOURCES).map(({ definition }) => definition),
  );
  if (path === "" || !sources.some(({ isResumable }) => isResumable)) return Checkpoint.anonymous();
  try {
    return Checkpoint.open(path, values.user === "" ? undefined : findUser(values.user).uid);
  } catch (error) {
    const own = values["checkpoint-file"] === "" ? ownCheckpoint(values) : undefined;
    if (own === undefined || !(error instanceof TetradError)) throw error;
    throw inWordsOf(own, error);
  }
}

/** The error with the option that the user has given. */
function inWordsOf({ path, option, directory }: OwnCheckpoint, error: TetradError): TetradError {
  const message = error.message.replace(
    `--checkpoint-file "${path}"`,
    `--${option} "${directory}" for its checkpoint`,
  );
  return new TetradError(error.code, message, { cause: error.cause });
}

/** What to call once a second, where there is a file: it logs when the checkpoint's file was cut short by somebody else, and makes it whole again. */
export function checkpointKeeper(
  checkpoint: Checkpoint,
  values: OptionValues,
  log: ConsolaInstance,
): (() => void) | undefined {
  if (!checkpoint.hasFile) return undefined;
  const throttle = new Throttle();
  const file = checkpointPath(values);
  return () => {
    try {
      if (!checkpoint.keep()) return;
      log.warn("The checkpoint file was cut short by another process: it has been made whole again", {
        file,
      });
    } catch (error) {
      if (throttle.pass() === undefined) return;
      const reason = errorMessage(error);
      log.warn("Cannot write the checkpoint file anew: positions are in memory alone", {
        file,
        error: reason,
      });
    }
  };
}
