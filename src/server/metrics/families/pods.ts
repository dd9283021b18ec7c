/** @module What is counted of pods, by Tetragon's names. Without --enable-k8s-api and --enable-cri there is none of it. */
import type { IdentityFigures } from "../../../kubernetes/figures.ts";
import { counter, type Family, gauge } from "../family.ts";

/** Families of the watch of pods and of the events that wait for them. */
export function podFamilies(figures: IdentityFigures | undefined): Family[] {
  if (figures === undefined) return [];
  const { pods, wait } = figures;
  const watcher = "k8s";
  return [
    counter("tetragon_watcher_events_total", "The total number of events for a given watcher type.", [
      { labels: { watcher }, value: pods.found },
    ]),
    counter("tetragon_watcher_errors_total", "The total number of errors for a given watcher type.", [
      { labels: { error: "failed_to_get_pod", watcher }, value: pods.missed },
    ]),
    counter(
      "tetragon_watcher_delete_pod_cache_hits",
      "The total hits for pod information in the deleted pod cache.",
      pods.deletedHits,
    ),
    counter(
      "tetragon_watcher_delete_pod_cache_evictions",
      "The total evictions of the deleted pod cache.",
      pods.deletedEvictions,
    ),
    counter(
      "tetrad_unknown_containers_evictions_total",
      "Containers that nobody knew the pod of which were forgotten because there were too many.",
      pods.unknownEvictions,
    ),
    gauge("tetragon_event_cache_entries", "The number of entries in the event cache.", wait.waiting),
    counter("tetragon_event_cache_inserts_total", "Number of inserts to the event cache.", wait.waited),
    counter(
      "tetrad_event_cache_given_up_total",
      "Events that went on without the pod that they waited for, by why.",
      (["timeout", "full"] as const).map((reason) => ({ labels: { reason }, value: wait[reason] })),
    ),
    ...runtimeFamilies(figures.runtime),
  ];
}

/** Families of the container runtime. */
function runtimeFamilies(figures: IdentityFigures["runtime"]): Family[] {
  if (figures === undefined) return [];
  return [
    counter(
      "tetrad_cri_lookups_total",
      "Containers and pods that the container runtime was asked for.",
      figures.asked,
    ),
    counter("tetrad_cri_lookups_resolved_total", "Those of them that it knew in time.", figures.resolved),
    counter(
      "tetrad_cri_errors_total",
      "Answers of the container runtime that did not come or cannot be used.",
      [
        { labels: { error: "no_answer" }, value: figures.failures },
        { labels: { error: "malformed" }, value: figures.malformed },
      ],
    ),
  ];
}
