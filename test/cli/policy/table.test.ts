import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { policyStates, policyTable, unmatchedTable } from "../../../src/cli/policy/table.ts";
import {
  TracingPolicyMode,
  TracingPolicyState,
  TracingPolicyStatusSchema,
} from "../../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";

const table = (...policies: MessageInitShape<typeof TracingPolicyStatusSchema>[]) =>
  policyTable(policies.map((policy) => create(TracingPolicyStatusSchema, policy)));

describe("policyTable()", () => {
  test("has the columns of tetra, three spaces apart", () => {
    const actionCounters = {
      post: 7n,
      signal: 1n,
      override: 2n,
      notifyEnforcer: 3n,
      set: 4n,
      monitorSignal: 10n,
      monitorOverride: 20n,
      monitorNotifyEnforcer: 30n,
      monitorSet: 40n,
    };
    const policy = {
      id: 1n,
      name: "connect",
      state: TracingPolicyState.TP_STATE_PARTIALLY_ENABLED,
      mode: TracingPolicyMode.TP_MODE_MONITOR_ONLY,
      sensors: ["gkp-sensor-1", "__x__"],
      kernelMemoryBytes: 4_458_824n,
      stats: { actionCounters },
    };
    const small = {
      id: 22n,
      name: "a",
      namespace: "shop",
      domain: "d",
      filterId: 5n,
      kernelMemoryBytes: 999n,
    };
    expect(table(policy, small)).toBe(
      [
        "ID   NAME      DOMAIN   STATE               FILTERID   NAMESPACE   SENSORS              KERNELMEMORY   MODE           NPOST   NENFORCE   NMONITOR",
        "1    connect            partially_enabled   0          (global)    gkp-sensor-1,__x__   4.46 MB        monitor_only   7       10         100",
        "22   a         d        unknown             5          shop                             999 B          unknown        0       0          0",
        "",
      ].join("\n"),
    );
  });

  test("says below what is wrong with policies", () => {
    const failed = { name: "a", namespace: "shop", error: "Cannot hook \u001bit" };
    expect(table({ name: "well" }, failed).split("\n").slice(3)).toEqual([
      "",
      "shop/a: Cannot hook \\u001bit",
      "",
    ]);
  });

  test("is its titles alone without policies", () => {
    expect(table()).toMatch(/^ID {3}NAME {3}DOMAIN .* NMONITOR\n$/);
  });

  test("reads what servers up to v0.11 say in a text, and leaves another text alone", () => {
    const old = table({ name: "p", info: "p enabled:true filterID:9 error:<nil>" });
    expect(old.split("\n")[1]).toMatch(/^0 +p +enabled +9 +\(global\) /);
    expect(table({ name: "p", info: "whatever" }).split("\n")[1]).toMatch(/^0 +p +unknown +0 +/);
  });

  test("keeps a state that is newer than this agent as its number, and shows control characters", () => {
    const lines = table({ name: "\u001b[2J\n", state: 99 as TracingPolicyState });
    expect(lines.split("\n")[1]).toMatch(/^0 +\\u001b\[2J\\u000a +99 /);
  });
});

test("policyStates() says of each policy what is wrong with it, and nothing where there is none", () => {
  expect(policyStates([])).toBe("");
  const policy = create(TracingPolicyStatusSchema, {
    name: "one",
    namespace: "shop",
    domain: "static",
    state: TracingPolicyState.TP_STATE_LOAD_ERROR,
    mode: TracingPolicyMode.TP_MODE_ENFORCE,
    error: "no such function\u001b[2J",
  });
  const [header, line] = policyStates([policy]).split("\n");
  expect(header!.split(/ +/)).toEqual([
    "POLICY",
    "DOMAIN",
    "STATE",
    "KERNELMEMORY",
    "MODE",
    "NPOST",
    "ERROR",
  ]);
  expect(line).toMatch(/^shop\/one +static +load_error +0 B +enforce +0 +no such function/);
  expect(line).not.toContain("\u001b");
});

test("unmatchedTable() has a line for each value that never matched, and says how many are left out", () => {
  const marked = { hook: "kprobe:f", filter: "matchArgs", operator: "Prefix" };
  const markedValues = [
    { ...marked, valueCount: 9, unmatched: ['"/a"', '"/b\u001b"'], unmatchedCount: 5 },
    { ...marked, selectorIndex: 1, valueCount: 2 },
  ];
  const policies = [{ name: "p", stats: { markedValues } }, { name: "q" }];
  expect(unmatchedTable(policies.map((policy) => create(TracingPolicyStatusSchema, policy)))).toBe(
    [
      "POLICY   HOOK       SELECTOR   FILTER      OPERATOR   NEVERMATCHED",
      'p        kprobe:f   0          matchArgs   Prefix     "/a"',
      'p        kprobe:f   0          matchArgs   Prefix     "/b\\u001b"',
      "p        kprobe:f   0          matchArgs   Prefix     3 more",
      "",
    ].join("\n"),
  );
});
