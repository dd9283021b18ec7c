import { expect, test } from "bun:test";
import { findRunningAgents, reportRunningAgents } from "../../src/agent/running-agents.ts";
import { startTetrad } from "./harness.ts";

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  "findRunningAgents() finds a started agent and what it may still do, and no other command",
  async () => {
    const agent = startTetrad(["--udp-output-enabled", "--udp-output-port=9", "--event-source=stdin"]);
    const listener = startTetrad(["listen", "--port=0", "--output=none"]);
    await agent.logged("Privileges dropped");
    const found = findRunningAgents("tetrad");
    expect(found.map(({ pid }) => pid)).not.toContain(listener.process.pid);
    const ours = found.find(({ pid }) => pid === agent.process.pid);
    expect(ours?.privileges).toMatchObject({ user: "0", capabilities: "none", no_new_privs: "yes" });
    listener.process.kill("SIGTERM");
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
  },
);

test("findRunningAgents() does not take another program for an agent", () => {
  expect(findRunningAgents("no-such-program")).toEqual([]);
});

test("reportRunningAgents() writes a line an agent", () => {
  expect(reportRunningAgents([])).toBe("No agent runs here that this user may see.\n");
  const privileges = { user: "990", capabilities: "none" };
  expect(reportRunningAgents([{ pid: 7, privileges }])).toBe("Agent 7 may: user 990; capabilities none\n");
});
