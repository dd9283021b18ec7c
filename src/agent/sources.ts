/** @module Makes the sources that `--event-source` names. A static registry: what is not named here is not bundled. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { OptionValues } from "../config/options.ts";
import type { Sink, Source } from "../source/source.ts";
import { parseSourceSpec, type SourceSpec } from "../source/spec.ts";
import { StdinSource } from "../source/stdin.ts";
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
export function createSources(settings: SourcesSettings): Source[] {
  const specs = settings.values["event-source"].map(parseSourceSpec);
  return specs.map((spec) => createSource(spec, settings));
}

function createSource(spec: SourceSpec, { values, sink, counters, log }: SourcesSettings): Source {
  const common = { sink, counters, log, maxLineBytes: values["max-line-size"] };
  switch (spec.kind) {
    case "stdin":
      return new StdinSource(common);
    case "file":
      throw new Error("file source");
  }
}
