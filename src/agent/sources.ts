/** @module Makes and starts the sources that `--event-source` names, as far as this host has them. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { TetradError } from "../os/error.ts";
import { findUser } from "../os/user.ts";
import type { Sink, Source, SourceCreateSettings, SourceDefinition } from "../source/source.ts";
import { type Counters, createCounters } from "../telemetry/counters.ts";
import { SOURCES } from "./components.ts";
import type { OptionValues } from "./option-table.ts";
import { AUTO, parseSource, type SourceSpec } from "./source-spec.ts";

/** What {@link startSources} is given. */
export interface SourcesSettings {
  readonly values: OptionValues;
  readonly sink: Sink;
  readonly log: ConsolaInstance;
  readonly checkpoint: Checkpoint;
  readonly nodeName: string | undefined;
  readonly filters: SourceCreateSettings["filters"];
  readonly identity?: SourceCreateSettings["identity"];
}

/** A source and who made it. */
export interface StartedSource {
  readonly definition: SourceDefinition;
  readonly source: Source;
  /** What it has counted, live. */
  readonly counters: Counters;
}

/**
 * Starts all sources, in the order in which they were named. Of those that `auto` tries the first one that can start
 * is taken; of several sources one that the host cannot run is left out with a warning.
 * @param onStarted Takes each source as soon as it has started, so that somebody stops it when a later one fails.
 * @throws TetradError `unsupported` when the only source cannot run here, and what else a start may throw.
 */
export async function startSources(
  settings: SourcesSettings,
  onStarted: (started: StartedSource) => void,
): Promise<void> {
  const names = settings.values["event-source"];
  for (const name of names) {
    const started = await startFirst(name, names.length > 1, settings);
    if (started !== undefined) onStarted(started);
  }
}

/** Whether {@link startSources} cannot fail, as far as the definitions say. */
export function alwaysStart(names: readonly string[]): boolean {
  return names.every((name) => parseSource(name, SOURCES)[0]?.definition.alwaysStarts === true);
}

/** @returns `undefined` for a source to be left out. */
async function startFirst(
  name: string,
  hasOthers: boolean,
  settings: SourcesSettings,
): Promise<StartedSource | undefined> {
  const candidates = parseSource(name, SOURCES);
  for (const [index, spec] of candidates.entries()) {
    const counters = createCounters();
    const source = await create(spec, counters, settings);
    try {
      await source.start();
      return { definition: spec.definition, source, counters };
    } catch (error) {
      const next = candidates[index + 1];
      const isReplaceable = next !== undefined || (hasOthers && name !== AUTO);
      if (!isReplaceable || !(error instanceof TetradError) || error.code !== "unsupported") throw error;
      const instead =
        next === undefined ? "the other sources go on without it" : `following ${next.argument}`;
      settings.log.warn(`Cannot run the ${spec.definition.type}: ${instead}`, { reason: error.message });
    }
  }
  return undefined;
}

function create(
  { definition, argument }: SourceSpec,
  counters: Counters,
  settings: SourcesSettings,
): Promise<Source> {
  const { values, sink, log, checkpoint, nodeName, filters, identity } = settings;
  return definition.create({
    values,
    argument,
    sink,
    counters,
    log,
    checkpoint,
    nodeName,
    filters,
    identity,
    maxLineBytes: values["max-line-size"],
    clusterName: values["cluster-name"],
    user: values.user === "" ? undefined : findUser(values.user),
  });
}
