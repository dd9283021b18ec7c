/** @module Makes the sources that `--event-source` names. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { OptionValues } from "../config/options.ts";
import { createSource } from "../source/registry.ts";
import type { Sink, Source } from "../source/source.ts";
import { parseSourceSpec } from "../source/spec.ts";
import type { Counters } from "../telemetry/counters.ts";

/** What {@link createSources} is given. */
export interface SourcesSettings {
  readonly values: OptionValues;
  readonly sink: Sink;
  readonly counters: Counters;
  readonly log: ConsolaInstance;
  readonly checkpoint: Checkpoint;
}

/**
 * Makes all sources, in the order in which they were named.
 * @throws TetradError `config` when there is no such source.
 */
export function createSources({ values, ...shared }: SourcesSettings): Source[] {
  const settings = {
    ...shared,
    fromBeginning: values["from-beginning"],
    exitAtEnd: values["exit-at-end"],
    maxLineBytes: values["max-line-size"],
    pollIntervalMs: values["file-poll-interval"],
    maxOpenFiles: values["max-open-files"],
  };
  return values["event-source"].map((text) => createSource(parseSourceSpec(text), settings));
}
