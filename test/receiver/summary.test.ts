import { expect, test } from "bun:test";
import { inspect } from "../../src/receiver/inspect.ts";
import { ReceiverSummary } from "../../src/receiver/summary.ts";

const datagram = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`);

test("ReceiverSummary counts a bounded number of event types by name, however many come, and however long they are", () => {
  const summary = new ReceiverSummary();
  for (let i = 0; i < 1000; i++) {
    const event = datagram({ [`process_${i}_${"x".repeat(1000)}`]: { process: {} } });
    summary.add(event.length, inspect(event, false), i);
  }
  const exec = datagram({ process_exec: {} });
  summary.add(exec.length, inspect(exec, false), 1000);
  expect(summary.types.size).toBeLessThanOrEqual(65);
  expect([...summary.types.values()].reduce((sum, count) => sum + count)).toBe(1001);
  for (const name of summary.types.keys()) expect(name.length).toBeLessThanOrEqual(64);
  expect(summary.render()).toContain("others 937");
});

test("inspect() knows a metadata event that is no agent_init", () => {
  expect(inspect(datagram({ event: "agent_refresh", hostname: "h" }), true)).toMatchObject({
    kind: "event",
    type: "agent_refresh",
  });
});
