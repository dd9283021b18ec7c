import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Scene, TestAgent } from "./support.ts";

describe("LossCounter", () => {
  test("counts exactly what did not come, up to the last metadata that did, wherever that was lost", () => {
    const what = fc.constantFrom("event", "event", "event", "refresh");
    const fate = fc.record({ what, isLost: fc.boolean(), isDoubled: fc.boolean() });
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fate, { maxLength: 60 }),
        fc.integer({ min: 0, max: 2 }),
        (isInitLost, fates, firstCopy) => {
          const scene = new Scene();
          // It has listened for longer than the agent has run.
          scene.now += 5000;
          const agent = new TestAgent();
          const other = new TestAgent({ address: agent.address, port: agent.port + 1 });
          let lost = Number(isInitLost);
          const init = agent.metadata("agent_init");
          if (!isInitLost) scene.arrive(init);
          for (const { what, isLost, isDoubled } of fates) {
            const datagram = what === "event" ? agent.event() : agent.metadata("agent_refresh");
            lost += Number(isLost);
            if (!isLost) scene.arrive(datagram);
            // Metadata that the network doubles counts once.
            if (!isLost && isDoubled && what === "refresh") scene.arrive(datagram);
            // What comes from elsewhere does not count.
            scene.arrive(other.event());
            if (what === "refresh" && !isLost)
              expect(scene.record(agent)!.loss.loss).toMatchObject({ lost, surplus: 0 });
          }
          const stop = agent.metadata("agent_stop");
          for (let copy = firstCopy; copy < 3; copy++) scene.arrive(stop);
          expect(scene.record(agent)!.loss.loss).toEqual({
            sent: agent.sent,
            received: agent.sent - lost,
            lost,
            surplus: 0,
          });
        },
      ),
    );
  });

  test("is exact at the end, in whatever order the datagrams came", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        (isRefresh, order) => {
          const scene = new Scene();
          const agent = new TestAgent();
          scene.arrive(agent.metadata("agent_init"));
          const datagrams = isRefresh.map((is) => (is ? agent.metadata("agent_refresh") : agent.event()));
          datagrams.push(agent.metadata("agent_stop"));
          const keys = datagrams.map((datagram, i) => ({ datagram, key: (order.next().value % 8) + i }));
          for (const { datagram } of keys.sort((one, two) => one.key - two.key)) scene.arrive(datagram);
          expect(scene.record(agent)!.loss.loss).toMatchObject({ lost: 0, surplus: 0 });
        },
      ),
    );
  });

  test("who listens later counts from then on", () => {
    const scene = new Scene();
    const agent = new TestAgent();
    agent.sent = 500;
    agent.sequence = 9;
    agent.uptimeSeconds = 100;
    scene.arrive(agent.event());
    scene.arrive(agent.metadata("agent_refresh"));
    for (let i = 0; i < 10; i++)
      if (i % 2 === 0) scene.arrive(agent.event());
      else agent.event();
    scene.arrive(agent.metadata("agent_refresh"));
    expect(scene.record(agent)!.loss.loss).toEqual({ sent: 11, received: 6, lost: 5, surplus: 0 });
  });

  test("says nothing of an agent that does not count, nor of one whose metadata another one passes on", () => {
    const scene = new Scene();
    const quiet = new TestAgent();
    scene.arrive(quiet.metadata("agent_init"));
    expect(scene.record(quiet)!.loss.loss).toBeUndefined();
    const relayed = new TestAgent({ address: quiet.address, port: quiet.port });
    scene.arrive(relayed.metadata("agent_refresh"));
    expect(scene.record(relayed)!.isRelayed).toBe(true);
  });

  test("more than were sent is said, and hides no number", () => {
    const scene = new Scene();
    const agent = new TestAgent();
    scene.arrive(agent.metadata("agent_init"));
    for (let i = 0; i < 5; i++) {
      const event = agent.event();
      scene.arrive(event);
      scene.arrive(event);
    }
    scene.arrive(agent.metadata("agent_refresh"));
    expect(scene.record(agent)!.loss.loss).toEqual({ sent: 6, received: 6, lost: 0, surplus: 5 });
  });

  test("counts that go back are not the agent's, and change nothing", () => {
    const scene = new Scene();
    const agent = new TestAgent();
    scene.arrive(agent.metadata("agent_init"));
    for (let i = 0; i < 9; i++) scene.arrive(agent.event());
    scene.arrive(agent.metadata("agent_refresh"));
    const forged = agent.metadata("agent_refresh", { datagrams_sent: 3, config_digest: "forged" });
    agent.sequence--;
    agent.sent--;
    scene.said();
    scene.arrive(forged);
    scene.arrive(agent.metadata("agent_refresh"));
    expect(scene.said()).toEqual([]);
    expect(scene.record(agent)!.loss.loss).toEqual({ sent: 11, received: 11, lost: 0, surplus: 0 });
  });
});
