import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isMetadata } from "../../src/event/kind.ts";
import { parseCustomField } from "../../src/metadata/custom-field.ts";
import { type AgentFacts, createMetadata, NOTHING } from "../../src/metadata/document.ts";

describe("parseCustomField()", () => {
  test.each([
    ["site=berlin", { name: "site", from: "text", text: "berlin" }],
    ["site=", { name: "site", from: "text", text: "" }],
    ["a.b-c_d=x=y:=z", { name: "a.b-c_d", from: "text", text: "x=y:=z" }],
    ["rack:=7", { name: "rack", from: "json", text: "7" }],
    ['tags:=["a,b", 1, null]', { name: "tags", from: "json", text: '["a,b", 1, null]' }],
    ['at:="@x"', { name: "at", from: "json", text: '"@x"' }],
    ["zone=@/etc/zone", { name: "zone", from: "file", text: "/etc/zone" }],
    ["team=env:TEAM", { name: "team", from: "env", text: "TEAM" }],
  ] as const)("reads %s", (item, field) => {
    expect(parseCustomField(item)).toEqual(field);
  });

  test.each([
    ["site", "no ="],
    ["=x", "a name that is not a letter"],
    ["1a=x", "a name that is not a letter"],
    ["__proto__=x", "a name that is not a letter"],
    ["sité=x", "a name that is not a letter"],
    [`${"n".repeat(65)}=x`, "a name that is not a letter"],
    ["rack:=seven", "that is not JSON"],
    ['rack:={"a":1}', "objects in it"],
    ["rack:=[[1]]", "lists in lists"],
    [`site=${"x".repeat(1023)}`, "more than 1024"],
    ['site={"process_exec":{}}', "looks like an event"],
    ...["hostname", "start_id", "datagrams_sent", "stop_reason", "event", "uptime", "tetrad_truncated"].map(
      (name) => [`${name}=x`, "the agent's own"],
    ),
    ...[
      "hostName",
      "HOSTNAME",
      "start-id",
      "Event",
      "event.dataset",
      "processExec",
      "Process_exec",
      "nodeName.x",
    ].map((name) => [`${name}=x`, "the agent's own"]),
    ...["1e999", "[1,-1e999]", "9007199254740992", "123456789012345678901"].map((value) => [
      `n:=${value}`,
      "a number that JSON's readers round",
    ]),
    ['half:="\\ud83d"', "half a character"],
    ['half:=["\\udca9"]', "half a character"],
    ...["node_name", "time", "aggregation_info", "process"].map((name) => [`${name}:=1`, "the agent's own"]),
  ] as [string, string][])("refuses %s", (item, reason) => {
    expect(typeof parseCustomField(item)).toBe("string");
    expect(parseCustomField(item)).toContain(reason);
  });

  test("what it lets through never changes a field of ours, and an agent that reads it sees metadata", () => {
    const facts: Omit<AgentFacts, "fields"> = {
      build: { version: "v1", commit: undefined, date: undefined, target: undefined },
      startedAt: new Date(0),
      startId: "s",
      pid: 1,
      host: { hostname: "h", kernelVersion: "k" },
      configDigest: "d",
      intervalMs: 1000,
    };
    const settings = {
      event: "agent_refresh",
      sequence: 1,
      progress: NOTHING,
      now: new Date(0),
      uptimeMs: 0,
    } as const;
    const plain = createMetadata({ ...facts, fields: new Map() }, settings);
    const name = fc.oneof(
      fc.constantFrom(
        ...Object.keys(plain),
        "process_exec",
        "processExec",
        "log",
        "__proto__",
        "constructor",
      ),
      fc.string({ maxLength: 10 }),
    );
    fc.assert(
      fc.property(name, fc.jsonValue(), (key, value) => {
        const field = parseCustomField(`${key}:=${JSON.stringify(value)}`);
        if (typeof field === "string") return;
        const fields = new Map([[field.name, field.from === "json" ? JSON.parse(field.text) : field.text]]);
        const event = createMetadata({ ...facts, fields }, settings);
        expect(event).toMatchObject(plain);
        expect(isMetadata(JSON.parse(JSON.stringify(event)))).toBe(true);
      }),
    );
  });
});
