/** @module The pipeline that the options ask for. */
import type { ConsolaInstance } from "consola";
import type { PodIdentity } from "../pipeline/enrich/container.ts";
import { asksForStages, createPlainPipeline } from "../pipeline/plain-pipeline.ts";
import type { Pipeline, PipelineSettings } from "../pipeline/settings.ts";
import type { ExportFilters } from "../source/source.ts";
import type { Counters } from "../telemetry/counters.ts";
import { InternalErrors } from "../telemetry/internal-errors.ts";
import type { Log } from "../telemetry/log.ts";
import { Throttle } from "../telemetry/throttle.ts";
import { checkpointPath } from "./checkpoint.ts";
import { SOURCES } from "./components.ts";
import type { OptionValues } from "./option-table.ts";
import { parseSource, type SourceSpec } from "./source-spec.ts";

/** Who sends the pipeline's own events (`rate_limit_info`). */
export interface NodeSettings {
  readonly nodeName: string | undefined;
  /** Says of which pods events are; `undefined` where nobody does. */
  readonly identity?: PodIdentity | undefined;
}

/**
 * Makes the pipeline. Its stages are loaded only where one is asked for.
 * @throws TetradError when a filter does not parse.
 */
export async function createPipelineFor(
  { nodeName, identity, log }: NodeSettings & { readonly log: Log },
  values: OptionValues,
  counters: Counters,
): Promise<Pipeline> {
  const settings = pipelineSettings(values, { nodeName }, counters, log.log);
  const pipeline = await createStages(settings);
  if (identity === undefined || !hasForeignEvents(values["event-source"])) return pipeline;
  const { IdentifyingPipeline } = await import("../pipeline/identify/identifying-pipeline.ts");
  return new IdentifyingPipeline(pipeline, {
    identity,
    nodeName,
    clusterName: values["cluster-name"],
    keepsPositions: checkpointPath(values) !== "",
    onInternalError: settings.onInternalError,
  });
}

async function createStages(settings: PipelineSettings): Promise<Pipeline> {
  if (!asksForStages(settings)) return createPlainPipeline(settings);
  const { createPipeline } = await import("../pipeline/pipeline.ts");
  return createPipeline(settings);
}

/** Whether a source may bring events that do not say of which pods they are although that is known. */
function hasForeignEvents(names: readonly string[]): boolean {
  return names.some((name) =>
    parseSource(name, SOURCES).some(({ definition }: SourceSpec) => definition.usesIdentity !== true),
  );
}

/** The lists of filters. */
export function exportFilters(values: OptionValues): ExportFilters {
  return { allowlist: values["export-allowlist"], denylist: values["export-denylist"] };
}

/** Settings of the pipeline; invalid events are logged at most once in ten seconds. */
function pipelineSettings(
  values: OptionValues,
  { nodeName }: NodeSettings,
  counters: Counters,
  log: ConsolaInstance,
): PipelineSettings {
  const throttle = new Throttle();
  const internalErrors = new InternalErrors(counters, log);
  const clusterName = values["cluster-name"];
  const { allowlist, denylist } = exportFilters(values);
  return {
    validate: values.validate,
    exportAllowlist: allowlist,
    exportDenylist: denylist,
    enablePidSetFilter: values["enable-pid-set-filter"],
    fieldFilters: values["field-filters"],
    redactionFilters: values["redaction-filters"],
    exportRateLimit: values["export-rate-limit"],
    cgroupRate:
      values["cgroup-rate"].events > 0 && values["cgroup-rate"].interval > 0
        ? values["cgroup-rate"]
        : undefined,
    aggregation: values["enable-export-aggregation"]
      ? {
          windowMs: values["export-aggregation-window-size"],
          bufferSize: values["export-aggregation-buffer-size"],
        }
      : undefined,
    commonFields: {
      ...(nodeName !== undefined && { node_name: nodeName }),
      ...(clusterName !== "" && { cluster_name: clusterName }),
    },
    counters,
    clock: Date.now,
    onInvalid({ reason, sample }) {
      const repeated = throttle.pass();
      if (repeated === undefined) return;
      log.warn("Invalid event dropped", {
        reason,
        ...(sample !== undefined && { sample }),
        ...repeated,
      });
    },
    onInternalError: (error) => internalErrors.report(error),
    warn: (message) => log.warn(message),
  };
}
