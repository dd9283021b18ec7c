import { expect, test } from "bun:test";
import { readPolicies } from "../../../src/policy/document/index.ts";
import { documentOf, kprobe, readSpec } from "./support.ts";

test.each([
  ["GetUrl", 'argUrl: "https://canary.example.com/x?y=1"', { url: "https://canary.example.com/x?y=1" }],
  ["DnsLookup", "argFqdn: _canary.example.com", { name: "_canary.example.com" }],
])("readPolicies() takes %s, and warns that it is off", (action, argument, more) => {
  const spec = kprobe("{index: 0, type: file}", `matchActions: [{action: ${action}, ${argument}}]`);
  const { policy, lines } = readSpec(spec);
  expect(policy?.hooks[0]?.selectors[0]?.actions).toEqual([{ action, ...more }] as object[] as never);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(
    `found ${action}: it is carried out only by an agent that was started with --enable-policy-requests`,
  );
});

test("readPolicies() does not say so where the agent carries it out", () => {
  const spec = kprobe("{index: 0, type: file}", "matchActions: [{action: DnsLookup, argFqdn: a.example}]");
  const { policies, findings } = readPolicies(documentOf(spec), { file: "p.yaml", makesRequests: true });
  expect({ policies: policies.length, findings }).toEqual({ policies: 1, findings: [] });
});
