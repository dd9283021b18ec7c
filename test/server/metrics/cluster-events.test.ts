import { expect, test } from "bun:test";
import { clusterEventFamilies } from "../../../src/server/metrics/families/agent.ts";
import { formatFamilies } from "../../../src/server/metrics/family.ts";

test("Kubernetes Events are counted by what became of them, where they are made", () => {
  expect(formatFamilies(clusterEventFamilies(undefined)).trim()).toBe("");
  const text = formatFamilies(clusterEventFamilies({ created: 2, updated: 3, dropped: 1 }));
  expect(text.split("\n").filter((line) => line.startsWith("tetrad_"))).toEqual([
    'tetrad_kubernetes_events_total{result="created"} 2',
    'tetrad_kubernetes_events_total{result="updated"} 3',
    'tetrad_kubernetes_events_total{result="dropped"} 1',
  ]);
});
