import { expect, test } from "bun:test";
import { formatDatagram } from "../../src/receiver/format.ts";
import { inspect } from "../../src/receiver/inspect.ts";
import { ReceiverSummary } from "../../src/receiver/summary.ts";

const datagram = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`);

test("ReceiverSummary counts a bounded number of event types by name, however many come, and however long they are", () => {
  const summary = new ReceiverSummary();
  for (let i = 0; i < 1000; i++) {
    const event = datagram({ [`process_${i}_${"x".repeat(1000)}`]: { process: {} } });
    summary.add(inspect(event, false));
  }
  const exec = datagram({ process_exec: {} });
  summary.addDatagram(exec.length, 1000);
  summary.add(inspect(exec, false));
  expect(summary.types.size).toBeLessThanOrEqual(65);
  expect([...summary.types.values()].reduce((sum, count) => sum + count)).toBe(1001);
  for (const name of summary.types.keys()) expect(name.length).toBeLessThanOrEqual(64);
  expect(summary.render()).toContain("others 937");
});

test("ReceiverSummary counts what is invalid by its reason, of a bounded number, and names the most frequent", () => {
  const summary = new ReceiverSummary();
  const pid = datagram({ process_exec: { process: { pid: "x" } } });
  summary.addDatagram(pid.length, 1000);
  for (let i = 0; i < 3; i++) summary.add(inspect(pid, true));
  for (let i = 0; i < 1000; i++) {
    const labels = { [`l${i}\u001b${"x".repeat(1000)}`]: 5 };
    summary.add(inspect(datagram({ node_labels: labels }), true));
  }
  expect(summary.invalid).toBe(1003);
  expect(summary.reasons.size).toBeLessThanOrEqual(65);
  expect([...summary.reasons.values()].reduce((sum, count) => sum + count)).toBe(1003);
  for (const reason of summary.reasons.keys()) expect(reason.length).toBeLessThanOrEqual(256);
  const lines = summary.render().split("\n");
  const at = lines.indexOf("invalid       1003");
  expect(lines[at + 1]).toBe("              937 others");
  expect(lines[at + 2]).toBe("              3 process_exec.process.pid: expected uint32, found string");
  expect(lines[at + 3]).toMatch(/^ {14}1 node_labels\."l\d+\\u001bx+": expected string, found number$/);
  expect(lines[at + 6]).toBe("              and 60 more reasons");
  expect(summary.toObject()).toMatchObject({ reasons: { others: 937 } });
});

test("formatDatagram() shows the fields that a metadata event has besides, short and escaped", () => {
  const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, i]));
  const custom = {
    site: "berlin\u001b[2J",
    rack: 7,
    roles: ["db", "web"],
    long: "x".repeat(10_000),
    ...fields,
  };
  const text = datagram({ event: "agent_init", ...START, ...custom });
  const line = formatDatagram(inspect(text, true), text);
  expect(line).toContain('  site=berlin\\u001b[2J  rack=7  roles=["db","web"]  long=xxx');
  expect(line.length).toBeLessThan(1000);
});

const START = {
  "@timestamp": "2026-11-30T04:00:00Z",
  tetragon_version: "v1.2.3",
  os: "linux",
  pid: 7,
  uptime: "initialized at 0",
  started_at: "2026-11-30T04:00:00Z",
  start_id: "s",
  sequence: 1,
  config_digest: "d",
};

test("inspect() knows metadata events, and holds them to their schema", () => {
  const refresh = { event: "agent_refresh", ...START, uptime_seconds: 5, of_tomorrow: 1 };
  expect(inspect(datagram(refresh), true)).toEqual({ kind: "metadata", event: refresh as never });
  const lacking = datagram({ event: "agent_refresh", hostname: "h" });
  expect(inspect(lacking, true)).toMatchObject({
    kind: "invalid",
    reason: expect.stringContaining("@timestamp"),
  });
  expect(inspect(lacking, false)).toMatchObject({ kind: "event", type: "agent_refresh" });
  const exec = datagram({ ...refresh, process_exec: { process: {} } });
  expect(inspect(exec, false)).toMatchObject({ kind: "event" });
});
