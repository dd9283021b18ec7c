import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { isMetadata } from "../../src/event/kind.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { inspect } from "../../src/receiver/inspect.ts";
import { validEvents } from "../event/fit/event-arbitrary.ts";
import { METADATA } from "../event/metadata-samples.ts";
import { mutate, mutations } from "../event/mutated-event.ts";

setDefaultTimeout(120_000);

const schemas = Object.fromEntries(
  ["event", "agent_init", "agent_refresh", "agent_stop"].map((name) => {
    const path = join(import.meta.dir, `../../docs/schema/${name}.json`);
    return [name, new Ajv2020().compile(JSON.parse(readFileSync(path, "utf8")))];
  }),
);

test("inspect() finds valid what a public validator does with the published schemas, and says where the fault is", () => {
  const samples = fc.oneof(validEvents, fc.constantFrom(...Object.values(METADATA)));
  const kinds = new Set<string>();
  fc.assert(
    fc.property(samples, fc.oneof(mutations, fc.constant([])), (sample, changes) => {
      const changed: JsonObject = JSON.parse(JSON.stringify(sample));
      for (const { path, value, key } of changes)
        mutate(changed, path, JSON.parse(JSON.stringify(value)), key);
      const text = JSON.stringify(changed);
      const value: JsonObject = JSON.parse(text);
      const validate = schemas[isMetadata(value) ? String(value.event) : "event"]!;
      const verdict = inspect(Buffer.from(`${text}\n`), true);
      expect({ text, isValid: verdict.kind !== "invalid" }).toEqual({ text, isValid: validate(value) });
      if (verdict.kind === "invalid") expect(verdict.reason).toMatch(/^\S.*: expected .+, found \w+$/);
      kinds.add(verdict.kind);
    }),
    { numRuns: 2000 },
  );
  expect([...kinds].sort()).toEqual(["event", "invalid", "metadata"]);
});
