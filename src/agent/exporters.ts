/** @module The exporters of a run: made, followed by the checkpoint, and seated on the bus. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { followedBy } from "../checkpoint/followers.ts";
import { quote } from "../config/error.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { QueueLimits } from "../exporter/delivery/queue.ts";
import type { Exporter, ExporterDefinition } from "../exporter/exporter.ts";
import type { MetadataLife } from "../metadata/life.ts";
import { TetradError } from "../os/error.ts";
import { findUser } from "../os/user.ts";
import { createExporterCounters, type ExporterCounters } from "../telemetry/counters.ts";
import type { Family } from "../telemetry/family.ts";
import { Bus } from "./bus.ts";
import { udpDestinations, usedExporters } from "./component-use.ts";
import { EXPORTERS } from "./components.ts";
import { Formats } from "./formats.ts";
import type { OptionValues } from "./option-table.ts";
import type { localRows } from "./options/local.ts";
import type { queueRows } from "./options/queue.ts";

/** What {@link createExporters} is given. */
export interface ExportersSettings {
  readonly values: OptionValues;
  readonly log: ConsolaInstance;
  readonly metadata: MetadataLife;
  /** Whether events are taken by others, too: then no exporter is needed. */
  readonly hasOthers: boolean;
  /** Follows every exporter that is durable. */
  readonly checkpoint: Checkpoint;
}

/** All exporters of a run. */
export interface ExporterSet {
  readonly exporters: readonly Exporter[];
  readonly counters: ReadonlyMap<string, ExporterCounters>;
  /** On which all exporters are seated. */
  readonly bus: Bus;
  /** Reads the agent's metrics for those that export them. */
  metrics: () => Promise<readonly Family[]>;
  /** Called once no exporter has anybody left to take events. */
  onAllGone: () => void;
}

/**
 * Makes the exporters; opens nothing.
 * @throws TetradError `config` when no exporter is enabled.
 */
export async function createExporters(settings: ExportersSettings): Promise<ExporterSet> {
  const { values, log, metadata, checkpoint, hasOthers } = settings;
  const used = usedExporters(values);
  if (used.length === 0 && !hasOthers) throw nothingEnabled();
  const user = values.user === "" ? undefined : findUser(values.user);
  const followed = followedBy(checkpoint, used.filter(({ definition }) => definition.isDurable).length);
  const counters = new Map<string, ExporterCounters>();
  const exporters: Exporter[] = [];
  const bus = new Bus();
  const formats = new Formats(metadata.facts);
  const [firstUdp] = udpDestinations(used);
  let left = used.length;
  const set: ExporterSet = { exporters, counters, bus, metrics: async () => [], onAllGone: () => {} };
  for (const { definition, name, values: own } of used) {
    const mine = definition.isDurable ? followed.shift() : undefined;
    const tally = createExporterCounters();
    counters.set(name, tally);
    const format = await formats.of(definition, own);
    const provider = metadata.provide(definition.udp?.(own) ?? firstUdp);
    const exporter = await definition.create({
      name,
      values: own,
      queue: queueLimits(own),
      counters: tally,
      log,
      metadata: isTold(definition, own) ? format.metadata(provider) : undefined,
      user: user?.uid,
      identity: user,
      filtersCalls: values["system-call-filter"],
      facts: metadata.facts,
      positions: mine?.positions,
      followed: mine,
      metrics: () => set.metrics(),
      onGone() {
        if (--left === 0) set.onAllGone();
      },
    });
    exporters.push(exporter);
    bus.join(exporter, { encoding: format.encoding });
  }
  return set;
}

/** Starts an exporter. @throws TetradError, which says which one it was where it has a name of its own. */
export async function startExporter(exporter: Exporter): Promise<void> {
  const isOrdinary = EXPORTERS.some(({ type }) => type === exporter.name);
  try {
    await exporter.start();
  } catch (error) {
    if (isOrdinary || !(error instanceof TetradError)) throw error;
    throw new TetradError(error.code, `Cannot start exporter ${quote(exporter.name)}: ${error.message}`, {
      cause: error,
    });
  }
}

function isTold({ metadata }: ExporterDefinition, values: ValuesOf<OptionRows>): boolean {
  const { "export-metadata": isAsked } = values as ValuesOf<ReturnType<typeof localRows>>;
  return metadata !== "asked" || isAsked;
}

function queueLimits(values: ValuesOf<OptionRows>): QueueLimits {
  const { "event-queue-size": maxEvents, "event-queue-bytes": maxBytes } = values as ValuesOf<
    ReturnType<typeof queueRows>
  >;
  return { maxEvents, maxBytes };
}

function nothingEnabled(): TetradError {
  const delivering = EXPORTERS.filter(({ isDurable }) => isDurable === true);
  const options = [...delivering.map(({ enabledBy }) => enabledBy), "exporters", "server-address"].map(
    (name) => `--${name}`,
  );
  const needed = `${options.slice(0, -1).join(", ")} or ${options.at(-1)}`;
  return new TetradError("config", `Cannot start without an exporter: found none, needs ${needed}`);
}
