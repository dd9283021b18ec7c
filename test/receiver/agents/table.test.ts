import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PROOF_MS } from "../../../src/receiver/agents/table.ts";
import { Scene, TestAgent } from "./support.ts";

/** Agents that have gone on for long enough to be known. */
function establish(scene: Scene, count: number): TestAgent[] {
  const agents = Array.from({ length: count }, (_, i) => new TestAgent({ address: `10.1.0.${i}` }));
  for (const agent of agents) scene.arrive(agent.metadata("agent_init"));
  scene.now += PROOF_MS;
  for (const agent of agents) scene.arrive(agent.metadata("agent_refresh"));
  return agents;
}

describe("AgentTable", () => {
  test("a flood of forged starts pushes out no agent that goes on speaking, and is bounded", () => {
    const scene = new Scene({ maxAgents: 64 });
    const agents = establish(scene, 40);
    for (let i = 0; i < 20_000; i++) {
      const address = `172.${16 + (i & 15)}.${(i >> 4) & 255}.${i >> 12}`;
      scene.arrive(new TestAgent({ address, port: i % 60_000 }).metadata("agent_init"));
      scene.notices.length = 0;
    }
    expect(scene.watch.agents.size).toBeLessThanOrEqual(64);
    expect(scene.watch.agents.forgotten).toBeGreaterThan(19_000);
    for (const agent of agents) {
      scene.arrive(agent.metadata("agent_refresh"));
      expect(scene.record(agent)?.loss.loss).toMatchObject({ lost: 0, surplus: 0 });
    }
    expect(scene.said()).toEqual([]);
  });

  test("a flood from one address pushes out newcomers from there alone", () => {
    const scene = new Scene({ maxAgents: 1000 });
    const newcomer = new TestAgent({ address: "10.2.0.1" });
    scene.arrive(newcomer.metadata("agent_init"));
    for (let port = 1; port < 5000; port++)
      scene.arrive(new TestAgent({ address: "10.2.0.2", port }).metadata("agent_init"));
    expect(scene.record(newcomer)).toBeDefined();
    expect(scene.watch.agents.size).toBe(65);
  });

  test("an agent that has stopped makes room; without any there is none, and what comes is counted", () => {
    const scene = new Scene({ maxAgents: 16 });
    const agents = establish(scene, 16);
    const known = [...scene.watch.agents].filter(({ isKnown }) => isKnown);
    expect(known).toHaveLength(14);
    scene.arrive(agents[0]!.metadata("agent_stop"));
    const late = new TestAgent({ address: "10.3.0.1" });
    scene.arrive(late.metadata("agent_init"));
    scene.now += PROOF_MS;
    scene.arrive(late.metadata("agent_refresh"));
    expect(scene.record(late)?.isKnown).toBe(true);
    expect(scene.record(agents[0]!)).toBeUndefined();
  });

  test("whatever is said to be metadata, the watch goes on and stays within its bounds", () => {
    const count = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constant(undefined));
    const text = fc.oneof(
      fc.constantFrom("a", "b", undefined),
      fc.string({ unit: "binary", maxLength: 300 }),
    );
    const forged = fc.record({
      name: fc.constantFrom("agent_init", "agent_refresh", "agent_stop"),
      address: fc.constantFrom("10.0.0.1", "10.0.0.2", "::1"),
      port: fc.constantFrom(1, 2, 3),
      waits: fc.nat(20_000),
      more: fc.record({
        start_id: text,
        hostname: text,
        sequence: count,
        datagrams_sent: count,
        uptime_seconds: fc.maxSafeNat(),
        metadata_interval_seconds: fc.double({ min: 0, noNaN: true }),
        config_digest: text,
        stop_reason: fc.string(),
      }),
    });
    fc.assert(
      fc.property(fc.array(forged, { maxLength: 100 }), (all) => {
        const scene = new Scene({ maxAgents: 16 });
        for (const { name, address, port, waits, more } of all) {
          scene.now += waits;
          scene.watch.tick(scene.now);
          scene.arrive(new TestAgent({ address, port }).metadata(name as "agent_init", more));
          expect(scene.watch.agents.size).toBeLessThanOrEqual(16);
          for (const { loss, facts } of scene.watch.agents) {
            for (const value of Object.values(loss.loss ?? {})) expect(value).toBeGreaterThanOrEqual(0);
            for (const said of Object.values(facts)) expect(said.length).toBeLessThanOrEqual(128);
          }
        }
        for (const line of scene.said()) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
