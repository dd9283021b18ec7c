/** What Kubernetes makes of the same input: its `labels.Parse` was run once, its answers are in golden.json. */
import { expect, test } from "bun:test";
import { matchesSelector, parseSelector } from "../../../src/lib/labels/index.ts";
import { unlessRefused } from "../unless-refused.ts";
import golden from "./golden.json";

test("label selectors parse and match as in Kubernetes", () => {
  for (const [text, labels, expected] of golden.cases as [string, Record<string, string>, boolean | null][]) {
    const found = unlessRefused(() =>
      matchesSelector(parseSelector(text), (key) => (Object.hasOwn(labels, key) ? labels[key] : undefined)),
    );
    expect([text, labels, found]).toEqual([text, labels, expected]);
  }
});
