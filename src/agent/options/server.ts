/** @module Options of Tetragon's servers that this version does not have. */
import { boolean, list, text } from "../../config/kind.ts";
import type { OptionRows } from "../../config/option.ts";

export const SERVER_OPTIONS = {
  "metrics-server": {
    group: "Servers (recognised, not in this version)",
    from: "tetragon",
    support: "server",
    placeholder: "ADDRESS",
    kind: text(),
    default: "",
    description: "Address of the Prometheus endpoint, such as :2112.",
  },
  "metrics-label-filter": {
    group: "Servers (recognised, not in this version)",
    from: "tetragon",
    support: "server",
    placeholder: "LABELS",
    kind: list(),
    default: "namespace,workload,pod,binary",
    description: "Labels that metrics carry.",
  },
  "enable-event-metrics": {
    group: "Servers (recognised, not in this version)",
    from: "tetragon",
    support: "server",
    kind: boolean(),
    default: "true",
    description: "Count events by type, namespace, pod and binary for the metrics endpoint.",
  },
  "gops-address": {
    group: "Servers (recognised, not in this version)",
    from: "tetragon",
    support: "server",
    placeholder: "ADDRESS",
    kind: text(),
    default: "",
    description: "Address of the diagnostics agent for Go programs, such as localhost:8118.",
  },
} as const satisfies OptionRows;
