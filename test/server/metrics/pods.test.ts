import { expect, test } from "bun:test";
import { podFamilies } from "../../../src/server/metrics/families/pods.ts";
import { formatFamilies } from "../../../src/server/metrics/family.ts";

test("podFamilies() has Tetragon's names, and nothing where nobody asks for pods", () => {
  const text = formatFamilies(
    podFamilies({
      pods: { found: 5, missed: 4, givenUp: 1, deletedHits: 3, deletedEvictions: 2, unknownEvictions: 6 },
      wait: { waiting: 7, waited: 9, timeout: 1, full: 0 },
    }),
  );
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
    'tetragon_watcher_events_total{watcher="k8s"} 5',
    'tetragon_watcher_errors_total{error="failed_to_get_pod",watcher="k8s"} 4',
    "tetragon_watcher_delete_pod_cache_hits 3",
    "tetragon_watcher_delete_pod_cache_evictions 2",
    "tetrad_unknown_containers_evictions_total 6",
    "tetragon_event_cache_entries 7",
    "tetragon_event_cache_inserts_total 9",
    'tetrad_event_cache_given_up_total{reason="timeout"} 1',
    'tetrad_event_cache_given_up_total{reason="full"} 0',
  ]);
  expect(podFamilies(undefined)).toEqual([]);
});
