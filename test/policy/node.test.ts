import { expect, test } from "bun:test";
import { isForNode } from "../../src/policy/node.ts";
import type { LabelSelector } from "../../src/policy/workload.ts";

const HOST = new Map([
  ["tetragon.io/arch", "arm64"],
  ["tetragon.io/kernel-major-version", "6"],
]);
const decide = (matchLabels: Record<string, string>, ...more: LabelSelector["matchExpressions"]) =>
  isForNode({ node: { matchLabels, matchExpressions: more } }, (key) => HOST.get(key));

test("a policy without nodeSelector, and one with an empty one, is for every node", () => {
  expect(isForNode({ node: undefined }, () => undefined)).toBe(true);
  expect(decide({})).toBe(true);
});

test("labels of the host decide; one that it does not have is known not to be there", () => {
  expect(decide({ "tetragon.io/arch": "arm64" })).toBe(true);
  expect(decide({ "tetragon.io/arch": "amd64" })).toBe(false);
  expect(decide({ "tetragon.io/hostname": "a" })).toBe(false);
  const major = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...values: string[]) =>
    decide({}, { key: "tetragon.io/kernel-major-version", operator, values });
  expect([major("In", "5", "6"), major("NotIn", "5"), major("Exists")]).toEqual([true, true, true]);
  expect([major("In", "5"), major("NotIn", "6"), major("DoesNotExist")]).toEqual([false, false, false]);
});

test("a label that nobody says is an error, unless the rest says no", () => {
  const pool = { "cloud.example/pool": "x" };
  expect(() => decide(pool)).toThrow(
    'Cannot decide nodeSelector: nothing tells the agent this node\'s label "cloud.example/pool"',
  );
  expect(() => decide({}, { key: "cloud.example/pool", operator: "DoesNotExist", values: [] })).toThrow();
  expect(decide({ ...pool, "tetragon.io/arch": "amd64" })).toBe(false);
});

test("labels that the API server says of the node decide as well, and one that it does not say is known not to be there", () => {
  const cluster = { "cloud.example/pool": "x", "tetragon.io/arch": "amd64" };
  const decide = (matchLabels: Record<string, string>) =>
    isForNode({ node: { matchLabels, matchExpressions: [] } }, (key) => HOST.get(key), cluster);
  expect(decide({ "cloud.example/pool": "x" })).toBe(true);
  expect(decide({ "cloud.example/pool": "y" })).toBe(false);
  expect(decide({ constructor: "x" })).toBe(false);
  expect(decide({ "cloud.example/pool": "x", "tetragon.io/arch": "arm64" })).toBe(true);
});
