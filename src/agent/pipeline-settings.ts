/** @module The pipeline that the options ask for. */
import type { ConsolaInstance } from "consola";
import { asksForStages, createPlainPipeline } from "../pipeline/plain-pipeline.ts";
import type { Pipeline, PipelineSettings } from "../pipeline/settings.ts";
import type { ExportFilters } from "../source/source.ts";
import type { Counters } from "../telemetry/counters.ts";
import { InternalErrors } from "../telemetry/internal-errors.ts";
import type { Log } from "../telemetry/log.ts";
import { Throttle } from "../telemetry/throttle.ts";
import type { OptionValues } from "./option-table.ts";

/** Who sends the pipeline's own events (`rate_limit_info`). */
export interface NodeSettings {
  readonly nodeName: string | undefined;
}

/**
 * Makes the pipeline. Its stages are loaded only where one is asked for.
 * @throws TetradError when a filter does not parse.
 */
export async function createPipelineFor(
  { nodeName, log }: NodeSettings & { readonly log: Log },
  values: OptionValues,
  counters: Counters,
): Promise<Pipeline> {
  const settings = pipelineSettings(values, { nodeName }, counters, log.log);
  if (!asksForStages(settings)) return createPlainPipeline(settings);
  const { createPipeline } = await import("../pipeline/pipeline.ts");
  return createPipeline(settings);
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
