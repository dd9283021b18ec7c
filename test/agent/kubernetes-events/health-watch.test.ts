import { describe, expect, test } from "bun:test";
import { HealthWatch, type WatchedAgent } from "../../../src/agent/kubernetes-events/health-watch.ts";
import type { Occurrence } from "../../../src/agent/kubernetes-events/start-event.ts";
import type { PolicyStatus } from "../../../src/policy/registry/status.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";

const SECOND = 1000;

function watched() {
  const said: Occurrence[] = [];
  const sensor = createCounters();
  const agent = createCounters();
  const state = {
    health: { status: "running", details: "running" } as WatchedAgent["health"],
    policies: [] as Pick<PolicyStatus, "domain" | "namespace" | "name" | "state" | "error">[],
  };
  const watch = new HealthWatch(
    {
      get health() {
        return state.health;
      },
      figures: { agent, reads: new Map([["sensor", sensor]]) } as unknown as WatchedAgent["figures"],
      tracingPolicies: { list: () => state.policies } as unknown as WatchedAgent["tracingPolicies"],
    },
    (occurrence) => said.push(occurrence),
  );
  let now = 0;
  const reasonsAfter = (ms: number): string[] => {
    now += ms;
    said.length = 0;
    watch.look(now);
    return said.map(({ reason }) => reason);
  };
  return { state, sensor, said, reasonsAfter };
}

describe("HealthWatch", () => {
  test("has nothing to say of an agent that works", () => {
    const { reasonsAfter } = watched();
    for (let look = 0; look < 100; look++) expect(reasonsAfter(10 * SECOND)).toEqual([]);
  });

  test("says once that a source has failed, and that all is well again after five minutes", () => {
    const { state, said, reasonsAfter } = watched();
    state.health = { status: "error", details: "sources failed: sensor" };
    expect(reasonsAfter(10 * SECOND)).toEqual(["SensorDegraded"]);
    expect(said[0]).toMatchObject({
      type: "Warning",
      note: expect.stringContaining("sources failed: sensor"),
    });
    expect(reasonsAfter(10 * SECOND)).toEqual([]);
    state.health = { status: "running", details: "running" };
    expect(reasonsAfter(10 * SECOND)).toEqual([]);
    expect(reasonsAfter(5 * 60 * SECOND)).toEqual(["SensorRecovered"]);
    expect(reasonsAfter(5 * 60 * SECOND)).toEqual([]);
  });

  test("says once a minute that events are lost, always in the same words", () => {
    const { sensor, said, reasonsAfter } = watched();
    reasonsAfter(0);
    const notes = new Set<string>();
    let count = 0;
    for (let look = 0; look < 18; look++) {
      sensor.lost += 7;
      count += reasonsAfter(10 * SECOND).length;
      for (const { note } of said) notes.add(note);
    }
    expect(count).toBe(3);
    expect(notes.size).toBe(1);
  });

  test("says of each policy once that it has failed, and again when it fails in another way", () => {
    const { state, said, reasonsAfter } = watched();
    const policy = {
      domain: "k8s",
      namespace: "shop",
      name: "files",
      state: "load_error",
      error: "no such hook",
    } as const;
    state.policies = [policy, { ...policy, name: "good", state: "enabled", error: "" }];
    expect(reasonsAfter(SECOND)).toEqual(["PolicyFailed"]);
    expect(said[0]?.note).toBe(
      'Tracing policy "files" in namespace shop does not work as it should: no such hook',
    );
    expect(reasonsAfter(SECOND)).toEqual([]);
    state.policies = [{ ...policy, error: "no rights" }];
    expect(reasonsAfter(SECOND)).toEqual(["PolicyFailed"]);
    state.policies = [];
    expect(reasonsAfter(SECOND)).toEqual([]);
    state.policies = [policy];
    expect(reasonsAfter(SECOND)).toEqual(["PolicyFailed"]);
  });
});
