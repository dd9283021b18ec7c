/** @module What the agents themselves say: which version they are, and whether events were lost. */
import { type ApiClient, pathOf } from "../api/client.ts";
import { ApiError } from "../api/error.ts";
import { optionOf } from "./agents.ts";
import { type Finding, fault, good, unseen } from "./finding.ts";
import type { Pod } from "./objects.ts";
import type { ClusterView } from "./view.ts";

const LOST = "lost events";
/** As many agents are asked: a cluster may have thousands. */
const MAX_ASKED = 20;
const TIMEOUT_MS = 5000;

/** Counters of what was lost and was not meant to be, and what helps. */
const COUNTERS: readonly (readonly [RegExp, string])[] = [
  [
    /^tetrad_sensor_records_lost_total(?:\{[^}]*\})? (\S+)$/gm,
    "in the kernel: narrow the tracing policies, or give the ring buffer more (tetrad.options.rb-size-total)",
  ],
  [/^tetrad_events_dropped_total\{[^}]*intended="false"[^}]*\} (\S+)$/gm, "in the agent: its log says which"],
  [
    /^tetrad_(?:exporter|server)_events_dropped_total\{[^}]*\} (\S+)$/gm,
    "on their way out: the receiver is slower than the events; see docs/metrics.md",
  ],
];

/** Whether all agents are of one version. Clients that decode protobuf meet a mixture in a rollout that is stuck. */
export function diagnoseVersions({ pods, namespace }: ClusterView): Finding[] {
  if ("error" in pods || pods.value.length === 0) return [];
  const images = new Map<string, number>();
  for (const { spec } of pods.value) {
    const image = spec.containers.find(({ name }) => name === "tetragon")?.image;
    if (image) images.set(image, (images.get(image) ?? 0) + 1);
  }
  const [first] = images.keys();
  if (first === undefined) return [];
  if (images.size === 1) return [good("version", first)];
  const list = [...images].map(([image, count]) => `${count} of ${image}`).join(", ");
  const advice = `a rollout is under way or stuck: kubectl -n ${namespace} rollout status daemonset`;
  return [unseen("version", list, advice)];
}

/** Asks agents for their counters, through the API server. */
export async function diagnoseLosses(view: ClusterView, client: ApiClient): Promise<Finding[]> {
  const { pods, config } = view;
  if ("error" in pods || pods.value.length === 0) return [];
  const port = /:(\d+)$/.exec(optionOf("metrics-server", pods, config) ?? "")?.[1];
  if (port === undefined) return [unseen(LOST, "the agents serve no metrics (tetragon.prometheus.enabled)")];
  const asked = pods.value.slice(0, MAX_ASKED);
  const answers = await Promise.all(asked.map((pod) => metricsOf(pod, port, client)));
  const texts = answers.flatMap(({ text }) => text ?? []);
  const [silent] = answers.flatMap(({ error }) => error ?? []);
  if (texts.length === 0) return [unseen(LOST, silent ?? "no agent says its counters")];
  for (const [pattern, where] of COUNTERS) {
    const counts = texts.map((text) =>
      [...text.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0),
    );
    const agents = counts.filter((count) => count > 0).length;
    if (agents === 0) continue;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const [place = "", advice] = where.split(": ", 2);
    return [fault(LOST, `${total} events of ${agents} agents were lost ${place}`, advice)];
  }
  return [good(LOST, `none, say ${texts.length} of ${pods.value.length} agents`)];
}

interface Answer {
  readonly text?: string;
  readonly error?: string;
}

async function metricsOf({ metadata }: Pod, port: string, client: ApiClient): Promise<Answer> {
  const namespace = metadata.namespace ?? "default";
  const path = `${pathOf("", "pods", { namespace, name: metadata.name })}:${port}/proxy/metrics`;
  try {
    const text = await client.text({ path, accept: "text/plain", timeoutMs: TIMEOUT_MS });
    return /^tetrad_/m.test(text)
      ? { text }
      : { error: `port ${port} of the agents serves no metrics of theirs` };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { error: error.message };
  }
}
