/** @module What an agent is given, and how its run ended. */
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Pipeline } from "../pipeline/settings.ts";
import type { SourceDefinition, SourceIdentity } from "../source/source.ts";
import type { Counters } from "../telemetry/counters.ts";
import type { Log } from "../telemetry/log.ts";
import type { ExporterSet } from "./exporters.ts";
import type { ClusterEvents } from "./kubernetes-events/index.ts";
import type { RunMetadata } from "./metadata.ts";
import type { OptionValues } from "./option-table.ts";
import type { ServerUse } from "./server-use.ts";
import type { Totals } from "./totals.ts";

/** What an agent is given. */
export interface AgentSettings {
  readonly values: OptionValues;
  readonly log: Log;
  readonly metadata: RunMetadata;
  /** @default none */
  readonly servers?: readonly ServerUse[];
  /** @default none */
  readonly clusterEvents?: ClusterEvents | undefined;
  readonly rights?: Rights;
  /** Called once, when the sources read. */
  readonly onReady?: () => void;
}

/** What an agent consists of, beside its sources. */
export interface AgentParts {
  readonly counters: Counters;
  readonly pipeline: Pipeline;
  readonly checkpoint: Checkpoint;
  readonly exporters: ExporterSet;
  readonly identity: SourceIdentity | undefined;
}

/** How the agent gives up its rights, when everything is open and nothing has been read. */
export interface Rights {
  /** Whether the run ends where that fails. */
  readonly isRequired: boolean;
  /** Gives up what none of these sources needs. */
  drop(sources: readonly SourceDefinition[]): Promise<void>;
}

/** How a run ended. */
export interface AgentResult {
  readonly totals: Totals;
  /** Milliseconds from start to end. */
  readonly uptimeMs: number;
  /** Sources that could not read all of their input. */
  readonly failedSources: readonly string[];
  /** Exporters that must not lose events but did, although nobody asked the run to end. */
  readonly losingExporters: readonly string[];
}
