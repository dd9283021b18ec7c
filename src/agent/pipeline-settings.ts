/** @module The pipeline's settings from the options' values. */
import type { ConsolaInstance } from "consola";
import type { OptionValues } from "../config/options.ts";
import type { PipelineSettings } from "../pipeline/settings.ts";
import type { Counters } from "../telemetry/counters.ts";
import { Throttle } from "../telemetry/throttle.ts";

/** Whom the pipeline's own events (`rate_limit_info`) come from. */
export interface NodeSettings {
  readonly nodeName: string | undefined;
}

/** Settings of the pipeline; invalid events are logged at most once in ten seconds. */
export function pipelineSettings(
  values: OptionValues,
  { nodeName }: NodeSettings,
  counters: Counters,
  log: ConsolaInstance,
): PipelineSettings {
  const throttle = new Throttle();
  const clusterName = values["cluster-name"];
  return {
    validate: values.validate,
    exportAllowlist: values["export-allowlist"],
    exportDenylist: values["export-denylist"],
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
      const held = throttle.pass();
      if (held < 0) return;
      log.warn("Invalid event dropped", {
        reason,
        ...(sample !== undefined && { sample }),
        ...(held > 0 && { repeated: held }),
      });
    },
    warn: (message) => log.warn(message),
  };
}
