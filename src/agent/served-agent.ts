/** @module The agent as its servers see it. */
import { shownText } from "../config/option.ts";
import type { Exporter } from "../exporter/exporter.ts";
import type { JsonObject } from "../lib/json/object.ts";
import { NOTHING } from "../metadata/document.ts";
import type { MetadataProvider } from "../metadata/provider.ts";
import type { PolicyControl } from "../policy/registry/control.ts";
import type {
  AgentFigures,
  AgentHealth,
  ClusterEventFigures,
  RotationSettings,
  ServedAgent,
  ShownOption,
} from "../server/definition.ts";
import type { ServerFamilies } from "../server/metrics/families/delivery.ts";
import type { Counters } from "../telemetry/counters.ts";
import type { Family } from "../telemetry/family.ts";
import { InternalErrors } from "../telemetry/internal-errors.ts";
import type { Log, LogLevel } from "../telemetry/log.ts";
import type { Bus } from "./bus.ts";
import type { ExporterSet } from "./exporters.ts";
import type { RunMetadata } from "./metadata.ts";
import { OPTION_TABLE, type OptionValues } from "./option-table.ts";
import type { SourceRuns } from "./source-runs.ts";
import type { Totals } from "./totals.ts";

/** What {@link AgentForServers} is given. */
export interface ServedAgentSettings {
  readonly exporters: Pick<ExporterSet, "bus" | "exporters">;
  readonly counters: Counters;
  readonly log: Log;
  readonly metadata: Pick<RunMetadata, "life" | "nodeName">;
  /** As of the last reload. */
  readonly values: () => OptionValues;
  readonly clusterEvents?: { readonly figures: ClusterEventFigures } | undefined;
  readonly sources: Pick<SourceRuns, "isEnding" | "failed" | "figures" | "podFigures" | "tracingPolicies">;
  readonly totals: () => Totals;
}

/** Reads the agent's parts, live. */
export class AgentForServers implements ServedAgent {
  readonly #settings: ServedAgentSettings;
  readonly #internalErrors: InternalErrors;
  readonly #introduction: MetadataProvider;
  #servers: ServerFamilies | undefined;

  constructor(settings: ServedAgentSettings) {
    this.#settings = settings;
    this.#introduction = settings.metadata.life.provide(undefined);
    this.#internalErrors = new InternalErrors(settings.counters, settings.log.log);
  }

  get bus(): Bus {
    return this.#settings.exporters.bus;
  }

  get commonFields(): JsonObject {
    const { metadata, values } = this.#settings;
    const { nodeName } = metadata;
    const clusterName = values()["cluster-name"];
    return {
      ...(nodeName !== undefined && { node_name: nodeName }),
      ...(clusterName !== "" && { cluster_name: clusterName }),
    };
  }

  get health(): AgentHealth {
    const { isEnding, failed } = this.#settings.sources;
    if (isEnding) return { status: "stopped", details: "stopped" };
    if (failed.length === 0) return { status: "running", details: ["running", ...this.#backlogs].join("; ") };
    return { status: "error", details: `sources failed: ${failed.join(", ")}` };
  }

  get figures(): AgentFigures {
    const { totals, exporters: set, sources, clusterEvents } = this.#settings;
    const { agent, sources: reads = new Map(), exporters: counters, servers = new Map() } = totals();
    const queues = new Map(set.exporters.map(({ name, queued }) => [name, queued]));
    const restarts = new Map(
      set.exporters.flatMap(({ name, restarts: count }) =>
        count === undefined ? [] : [[name, count] as const],
      ),
    );
    return {
      agent,
      reads,
      exporters: counters,
      servers,
      queues,
      restarts,
      sources: sources.figures,
      clusterEvents: clusterEvents?.figures,
      pods: sources.podFigures,
    };
  }

  /** The metrics as they are now, but for those of events, which the metrics server counts. */
  async metrics(): Promise<readonly Family[]> {
    const [{ allFamilies }, { ServerFamilies }] = await Promise.all([
      import("../server/metrics/families/all.ts"),
      import("../server/metrics/families/delivery.ts"),
    ]);
    this.#servers ??= new ServerFamilies();
    return allFamilies(this, this.#servers);
  }

  get tracingPolicies(): PolicyControl | undefined {
    return this.#settings.sources.tracingPolicies;
  }

  get logLevel(): LogLevel {
    return this.#settings.log.level;
  }

  setLogLevel(level: LogLevel): void {
    const { log } = this.#settings;
    const before = log.level;
    log.setLevel(level);
    log.log.warn("Log level changed by a client", { before, level });
  }

  get rotation(): RotationSettings | undefined {
    return this.#rotated?.rotation;
  }

  setRotation(rotation: RotationSettings): void {
    const exporter = this.#rotated;
    if (exporter === undefined) return;
    exporter.rotation = rotation;
    this.#settings.log.log.warn("Rotation of the export file changed by a client", { ...rotation });
  }

  introduce(): Uint8Array {
    const line = this.#introduction.lineAfter(NOTHING);
    return line.subarray(0, line.length - 1);
  }

  options(): ShownOption[] {
    const values: Readonly<Record<string, unknown>> = this.#settings.values();
    return OPTION_TABLE.names
      .filter((name) => OPTION_TABLE.row(name).flagOnly !== true)
      .map((name) => ({ name, value: shownValue(name, values[name]) }));
  }

  reportInternalError(error: unknown): void {
    this.#internalErrors.report(error);
  }

  /** What waits on disk, a part of a line for each exporter. */
  get #backlogs(): string[] {
    return this.#settings.exporters.exporters.flatMap(({ name, queued: { events, bytes, oldest } }) => {
      if (oldest === undefined || events === 0) return [];
      const seconds = Math.max(0, Math.round((Date.now() - oldest) / 1000));
      return [`${name}: ${events} events wait (${bytes} bytes, the oldest for ${seconds}s)`];
    });
  }

  /** The export file of the flags. */
  get #rotated(): Exporter | undefined {
    return this.#settings.exporters.exporters.find(
      ({ name, rotation }) => name === "file" && rotation !== undefined,
    );
  }
}

/** As Tetragon's own kinds have it; everything else as a user would write it. */
function shownValue(name: string, value: unknown): ShownOption["value"] {
  const option = OPTION_TABLE.row(name);
  if (option.secret !== true) {
    if (typeof value === "boolean") return value;
    if (option.kind.name === "int" && typeof value === "number") return value;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  }
  return shownText(option, option.kind.format(value));
}
