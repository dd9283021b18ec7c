/** @module Options of the metrics. */
import { boolean, list, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const metricsRows = optionRows(() => ({
  "metrics-server": {
    group: "Metrics",
    from: "tetragon",
    support: "used",
    placeholder: "ADDRESS",
    kind: text(),
    default: "",
    description:
      "Address on which Prometheus gets metrics, at /metrics: host:port, :port for all addresses, or unix:///path. Empty: closed.",
  },
  "metrics-label-filter": {
    group: "Metrics",
    from: "tetragon",
    support: "used",
    placeholder: "LABELS",
    kind: list(),
    default: "namespace,workload,pod,binary",
    description: "Labels of events in the metrics. Those that are left out are empty.",
  },
  "enable-event-metrics": {
    group: "Metrics",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "true",
    description: "Count events by type, policy and the labels of --metrics-label-filter.",
  },
}));

/** The labels by which events are told apart: Tetragon's names, in its order. */
export const PROCESS_LABELS = ["namespace", "workload", "pod", "binary"] as const;

export type ProcessLabel = (typeof PROCESS_LABELS)[number];

/** Their values; empty where the event has none or nobody asked. */
export type ProcessLabels = Readonly<Record<ProcessLabel, string>>;

export function isProcessLabel(text: string): text is ProcessLabel {
  return (PROCESS_LABELS as readonly string[]).includes(text);
}
