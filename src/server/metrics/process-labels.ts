/** @module The labels by which events are told apart: Tetragon's names, in its order. */

export const PROCESS_LABELS = ["namespace", "workload", "pod", "binary"] as const;

export type ProcessLabel = (typeof PROCESS_LABELS)[number];

/** Their values; empty where the event has none or nobody asked. */
export type ProcessLabels = Readonly<Record<ProcessLabel, string>>;

export function isProcessLabel(text: string): text is ProcessLabel {
  return (PROCESS_LABELS as readonly string[]).includes(text);
}
