import { describe, expect, test } from "bun:test";
import { Scene, TestAgent } from "./support.ts";

/** An agent that has started. */
function started(scene: Scene, agent = new TestAgent()): TestAgent {
  scene.arrive(agent.metadata("agent_init"));
  return agent;
}

describe("what happens to an agent", () => {
  test("a start, a refresh that says nothing new, a stop that comes three times", () => {
    const scene = new Scene();
    const agent = started(scene);
    expect(scene.said()).toEqual(["started (tetrad v1, kernel 6.1, pid 7)"]);
    scene.arrive(agent.metadata("agent_refresh"));
    expect(scene.said()).toEqual([]);
    const stop = agent.metadata("agent_stop");
    for (let i = 0; i < 3; i++) scene.arrive(stop);
    expect(scene.said()).toEqual(["stopped: signal SIGTERM; lost 0 of 2 datagrams (0.000 %)"]);
  });

  test("a restart is told from an upgrade, a reconfiguration and a reboot", () => {
    const scene = new Scene();
    const first = started(scene);
    scene.arrive(first.metadata("agent_stop"));
    scene.said();
    const again = started(scene);
    expect(scene.said()).toEqual(["restarted after it stopped: signal SIGTERM"]);
    const upgraded = new TestAgent();
    upgraded.facts.tetragon_version = "v2";
    started(scene, upgraded);
    expect(scene.said()).toEqual([
      "restarted without having stopped",
      "version changed: tetragon_version v1 to v2",
    ]);
    const other = new TestAgent();
    Object.assign(other.facts, {
      tetragon_version: "v2",
      config_digest: "d2",
      boot_id: "b2",
      kernel_version: "6.2",
    });
    started(scene, other);
    expect(scene.said()).toEqual([
      "restarted without having stopped",
      "configuration changed: config_digest d1 to d2",
      "system changed: kernel_version 6.1 to 6.2, boot_id b1 to b2",
    ]);
    expect(again.facts.start_id).not.toBe(first.facts.start_id);
  });

  test("a running agent is reconfigured, renamed, and sends to another address", () => {
    const scene = new Scene();
    const agent = started(scene);
    scene.said();
    agent.facts.config_digest = "d2";
    scene.arrive(agent.metadata("agent_refresh", { udp_receiver: "10.9.9.1:514" }));
    expect(scene.said()).toEqual(["configuration changed: config_digest d1 to d2"]);
    agent.facts.hostname = "web-2";
    scene.arrive(agent.metadata("agent_refresh", { udp_receiver: "10.9.9.2:514" }));
    expect(scene.said()).toEqual([
      "system changed: hostname web-1 to web-2",
      "sends to another address: udp_receiver 10.9.9.1:514 to 10.9.9.2:514",
    ]);
    // It is found by its new name.
    const next = new TestAgent();
    next.facts = { ...next.facts, hostname: "web-2", config_digest: "d2" };
    started(scene, next);
    expect(scene.said()).toEqual(["restarted without having stopped"]);
  });

  test("what a shortened event leaves out has not changed", () => {
    const scene = new Scene();
    const agent = started(scene);
    scene.said();
    scene.arrive(agent.metadata("agent_refresh", { kernel_version: undefined, boot_id: undefined }));
    scene.arrive(agent.metadata("agent_refresh"));
    expect(scene.said()).toEqual([]);
  });

  test("silence is said once, and so is its end; an agent that has stopped is not silent", () => {
    const scene = new Scene();
    const agent = started(scene);
    const stopped = started(scene, new TestAgent({ address: "10.0.0.2" }));
    const quiet = new TestAgent({ address: "10.0.0.3" });
    delete quiet.facts.metadata_interval_seconds;
    started(scene, quiet);
    scene.arrive(stopped.metadata("agent_stop"));
    scene.said();
    scene.now += 3000;
    scene.watch.tick(scene.now);
    expect(scene.said()).toEqual([]);
    scene.now += 500;
    scene.watch.tick(scene.now);
    scene.watch.tick(scene.now);
    expect(scene.said()).toEqual(["silent for 3.5 s, it sends metadata every 1 s"]);
    scene.now += 1000;
    scene.arrive(agent.event());
    expect(scene.said()).toEqual(["heard again after 4.5 s"]);
  });

  test("two agents of one host are not a restart: the first one goes on", () => {
    const scene = new Scene();
    const first = started(scene);
    const second = started(scene);
    scene.said();
    scene.arrive(first.metadata("agent_refresh"));
    scene.arrive(second.metadata("agent_refresh"));
    expect(scene.said()).toEqual(["goes on beside the one that started after it"]);
  });

  test("a start that goes on at another address has moved; two exporters of one start have not", () => {
    const scene = new Scene();
    const agent = started(scene);
    const moved = new TestAgent({ address: "10.0.0.9" });
    moved.facts = agent.facts;
    moved.sequence = agent.sequence;
    scene.said();
    scene.arrive(moved.metadata("agent_refresh"));
    expect(scene.said()).toEqual([`now comes from here, before from 10.0.0.1:${agent.port}`]);
    // Nothing comes from the old address any more, and nothing is missed there.
    for (let i = 0; i < 5; i++) {
      scene.now += 1000;
      scene.arrive(moved.metadata("agent_refresh"));
      scene.watch.tick(scene.now);
    }
    expect(scene.said()).toEqual([]);
    scene.now += 3500;
    scene.watch.tick(scene.now);
    expect(scene.said()).toEqual(["silent for 3.5 s, it sends metadata every 1 s"]);
    const [one, other] = [new TestAgent(), new TestAgent()];
    other.facts = one.facts = { ...one.facts, hostname: "web-5" };
    started(scene, one);
    started(scene, other);
    expect(scene.said()).toEqual(Array(2).fill("started (tetrad v1, kernel 6.1, pid 7)"));
  });

  test("control characters and quotes of others stay on their line", () => {
    const scene = new Scene();
    const agent = new TestAgent();
    agent.facts.hostname = 'x\n\u001b[2J" agent y\u202e';
    scene.arrive(agent.metadata("agent_init"));
    agent.facts.tetragon_version = "v2\r\nagent z: stopped";
    scene.arrive(agent.metadata("agent_refresh"));
    for (const line of scene.said()) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
