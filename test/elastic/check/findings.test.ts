import { describe, expect, test } from "bun:test";
import type { Json } from "../../../src/elastic/asset.ts";
import { findings, type Seen } from "../../../src/elastic/check/findings.ts";
import type { Probe } from "../../../src/elastic/check/probes.ts";

const probe = (id: Probe["id"], more: Partial<Probe> = {}): Probe => ({
  id,
  what: id === "connection" ? "a connection to 192.0.2.1:443" : id,
  filter: [],
  ...more,
});
const event = (name: string, more: Json = {}): Json => ({
  event: { dataset: "tetragon.log", action: "process_exec" },
  process: { name },
  message: '{"process_exec":{}}',
  ...more,
});
const ALL = [
  { probe: probe("whoami"), event: event("whoami") },
  { probe: probe("connection"), event: event("curl", { destination: { ip: "192.0.2.1" } }) },
  { probe: probe("read"), event: event("cat") },
];
const NOTHING = ALL.map((each) => ({ ...each, event: undefined }));
const seen = (more: Partial<Seen>): Seen => ({
  probes: ALL,
  errors: { total: 0, reasons: [] },
  newestAgeMs: 1000,
  dataset: "tetragon.log",
  lost: 0,
  ...more,
});
const missing = (what: Seen) => findings(what).flatMap(({ field, isFound }) => (isFound ? [] : [field]));
const cause = (what: Seen, field: string) =>
  findings(what).find((finding) => finding.field === field)!.causes[0];

describe("findings()", () => {
  test("says what each of the five fields has, when all has come", () => {
    expect(findings(seen({})).map(({ field, isFound, found }) => [field, isFound, found])).toEqual([
      ["event.dataset", true, "tetragon.log"],
      ["process.name", true, "whoami, curl, cat"],
      ["destination.ip", true, "192.0.2.1"],
      ["event.action", true, "process_exec"],
      [
        "message",
        true,
        "the event of whoami in 19 bytes of JSON, the event of curl in 19 bytes of JSON, the event of cat in 19 bytes of JSON",
      ],
    ]);
  });

  test("an index in which nothing is: no agent sends there", () => {
    const nothing = seen({ probes: NOTHING, newestAgeMs: undefined });
    expect(missing(nothing)).toEqual([
      "event.dataset",
      "process.name",
      "destination.ip",
      "event.action",
      "message",
    ]);
    expect(cause(nothing, "message")).toContain("no agent sends here");
    expect(findings(nothing)[0]!.causes.join()).toMatch(
      /Listening on Localhost.*Selector Mismatch.*DNS Resolution/s,
    );
  });

  test("an index of which the newest event is old: what is behind comes first", () => {
    expect(cause(seen({ probes: NOTHING, newestAgeMs: 600_000 }), "process.name")).toContain(
      "High Latency or Dropped Events",
    );
  });

  test("events of others come, and none of ours: they are filtered", () => {
    expect(cause(seen({ probes: NOTHING }), "process.name")).toContain("a filter of the agent");
  });

  test("events that could not be mapped: that comes first", () => {
    const broken = seen({ probes: NOTHING, errors: { total: 3, reasons: ["not valid JSON"] } });
    expect(cause(broken, "process.name")).toContain("Missing Fields in Discover");
  });

  test("no event of the connection: connections have to be asked for, after what kept it from being opened", () => {
    const without = (more: Partial<Probe> = {}) =>
      seen({ probes: [ALL[0]!, { probe: probe("connection", more), event: undefined }, ALL[2]!] });
    expect(missing(without())).toEqual(["destination.ip"]);
    expect(cause(without(), "destination.ip")).toContain("--enable-network-events");
    expect(cause(without({ problem: "no answer" }), "destination.ip")).toBe(
      "there was no connection: no answer",
    );
  });

  test("one of two processes is not enough, and another data set is none", () => {
    expect(missing(seen({ probes: [ALL[1]!, ALL[2]!] }))).toEqual(["process.name"]);
    const [dataset] = findings(seen({ dataset: "other.log" }));
    expect(dataset).toMatchObject({ isFound: false, found: "tetragon.log, expected other.log" });
  });
});
