import { describe, expect, test } from "bun:test";
import { isValidMetadata } from "../../src/event/validate.ts";
import { type AgentFacts, NOTHING, type Progress } from "../../src/metadata/document.ts";
import { MetadataLife } from "../../src/metadata/life.ts";
import type { MetadataProvider } from "../../src/metadata/provider.ts";

const HOST = { hostname: "node-1", kernelVersion: "6.12.0", bootId: "b-1" };
const FACTS: AgentFacts = {
  build: { version: "v1.2.3", commit: "c0ffee", date: "2026-01-01T00:00:00Z", target: undefined },
  startedAt: new Date("2026-11-30T04:00:00.500Z"),
  startId: "start-1",
  pid: 7,
  host: HOST,
  configDigest: "digest-1",
  intervalMs: 1000,
  fields: new Map<string, unknown>([
    ["site", "berlin"],
    ["rack", 7],
  ]),
};
const UDP = { address: "10.0.0.1", port: 514, bufferSize: 65536 };
const PROGRESS: Progress = {
  receiver: "10.0.0.1:514",
  datagrams: 11,
  events: 10,
  bytes: 1234,
  dropped: { queue_full: 1, send_failed: 2, too_large: 3, refused: 0 },
};

/** The line as an object. */
const read = (line: Uint8Array) => JSON.parse(Buffer.from(line).toString()) as Record<string, unknown>;

/** What the provider says next, as if it left. */
function say(provider: MetadataProvider, progress = PROGRESS): Record<string, unknown> {
  const event = read(provider.lineAfter(progress));
  expect(isValidMetadata(provider.event, event)).toBe(true);
  provider.noteSent();
  return event;
}

describe("the first line of a start", () => {
  test("is agent_init: twelve fields of the document, then which start it is, then custom fields", () => {
    const event = say(new MetadataLife(FACTS).provide(UDP), NOTHING);
    expect(event).toEqual({
      "@timestamp": "2026-11-30T04:00:00Z",
      event: "agent_init",
      tetragon_version: "v1.2.3",
      build_commit: "c0ffee",
      build_date: "2026-01-01T00:00:00Z",
      hostname: "node-1",
      os: "linux",
      kernel_version: "6.12.0",
      pid: 7,
      udp_destination: "10.0.0.1:514",
      udp_buffer_size: 65536,
      uptime: "initialized at 0",
      started_at: "2026-11-30T04:00:00Z",
      start_id: "start-1",
      sequence: 0,
      config_digest: "digest-1",
      boot_id: "b-1",
      metadata_interval_seconds: 1,
      site: "berlin",
      rack: 7,
    });
    expect(Object.keys(event).slice(0, 12).at(-1)).toBe("uptime");
    expect(Object.keys(event).slice(-2)).toEqual(["site", "rack"]);
  });

  test("is encoded once: the same bytes for each try", () => {
    const provider = new MetadataLife(FACTS).provide(UDP);
    expect(provider.lineAfter(NOTHING)).toBe(provider.lineAfter(NOTHING));
    expect(provider.lineAfter(NOTHING).at(-1)).toBe(0x0a);
  });

  test("says what has left before it, where events had to go without it", () => {
    expect(say(new MetadataLife(FACTS).provide(UDP))).toMatchObject({
      event: "agent_init",
      datagrams_sent: 11,
    });
  });

  test("stays the only one without an interval, whatever changes, and for another receiver it is the same bytes", () => {
    const life = new MetadataLife({ ...FACTS, intervalMs: 0 });
    const provider = life.provide(UDP);
    const first = provider.lineAfter(NOTHING);
    provider.noteSent();
    expect(life.refresh()).toBe(false);
    expect(life.updateHost({ ...HOST, hostname: "node-1" })).toBe(false);
    life.conclude({ reason: "signal", detail: "SIGTERM" });
    expect(provider.conclude()).toBe(false);
    expect(provider.generation).toBe(1);
    expect(provider.lineAfter(PROGRESS)).toBe(first);
  });
});

describe("later lines", () => {
  test("are agent_refresh, numbered by exporter, with counts as they are and the time at which they were made", () => {
    const life = new MetadataLife(FACTS);
    const [one, other] = [life.provide(UDP), life.provide(undefined)];
    say(one, NOTHING);
    expect(life.refresh()).toBe(true);
    const event = say(one);
    expect(event).toMatchObject({
      event: "agent_refresh",
      uptime: "initialized at 0",
      started_at: "2026-11-30T04:00:00Z",
      start_id: "start-1",
      sequence: 1,
      udp_receiver: "10.0.0.1:514",
      datagrams_sent: 11,
      events_sent: 10,
      bytes_sent: 1234,
      dropped_queue_full: 1,
      dropped_send_failed: 2,
      dropped_too_large: 3,
      dropped_refused: 0,
      site: "berlin",
    });
    expect(event["@timestamp"]).not.toBe(event.started_at);
    expect(say(other, NOTHING)).toMatchObject({ event: "agent_init", sequence: 0 });
  });

  test("a line that did not leave gives its number to the next one", () => {
    const life = new MetadataLife(FACTS);
    const provider = life.provide(UDP);
    say(provider, NOTHING);
    life.refresh();
    provider.lineAfter(PROGRESS);
    life.refresh();
    expect(say(provider)).toMatchObject({ sequence: 1 });
  });

  test("each change of the host or the configuration is something new to say, and no change is not", () => {
    const life = new MetadataLife(FACTS);
    const provider = life.provide(UDP);
    say(provider, NOTHING);
    expect(life.updateHost({ ...HOST })).toBe(false);
    for (const change of [{ hostname: "node-2" }, { kernelVersion: "6.13.0" }, { bootId: "b-2" }]) {
      expect(life.updateHost({ ...life.facts.host, ...change })).toBe(true);
    }
    expect(say(provider)).toMatchObject({ hostname: "node-2", kernel_version: "6.13.0", boot_id: "b-2" });
    const same = { configDigest: "digest-1", intervalMs: 1000, fields: new Map(FACTS.fields) };
    expect(life.reload(same)).toBe(false);
    expect(life.reload({ ...same, configDigest: "digest-2" })).toBe(true);
    expect(life.reload({ ...same, configDigest: "digest-2", fields: new Map([["site", "bonn"]]) })).toBe(
      true,
    );
    expect(say(provider)).toMatchObject({ config_digest: "digest-2", site: "bonn" });
  });

  test("the last one is agent_stop and says why; only the first reason counts", () => {
    const life = new MetadataLife(FACTS);
    const provider = life.provide(UDP);
    say(provider, NOTHING);
    expect(provider.conclude()).toBe(false);
    life.conclude({ reason: "signal", detail: "SIGTERM" });
    life.conclude({ reason: "end_of_input" });
    const { generation } = provider;
    expect(provider.conclude()).toBe(true);
    expect(provider.generation).not.toBe(generation);
    expect(say(provider)).toMatchObject({
      event: "agent_stop",
      sequence: 1,
      stop_reason: "signal",
      stop_detail: "SIGTERM",
    });
    expect(life.refresh()).toBe(false);
  });

  test("who was never told who is speaking is not told that it stops", () => {
    const life = new MetadataLife(FACTS);
    life.conclude({ reason: "end_of_input" });
    expect(life.provide(UDP).conclude()).toBe(false);
  });
});
