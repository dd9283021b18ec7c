/** @module Tetragon's example policies. They are another project's and not kept here: a checkout beside this one has them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/** Where they are. */
export const EXAMPLES_DIRECTORY =
  process.env.TETRAD_EXAMPLE_POLICIES ?? join(import.meta.dir, "../../../shared/policies");

/** Names of their files, sorted; none where they are not. */
export function exampleFiles(): string[] {
  if (!existsSync(EXAMPLES_DIRECTORY)) return [];
  return [...new Set(new Glob("**/*.{yaml,yml}").scanSync(EXAMPLES_DIRECTORY))].sort();
}

/** Text of one, as it is. */
export function readExample(file: string): string {
  return readFileSync(join(EXAMPLES_DIRECTORY, file), "utf8");
}

/** Text of one, with what its page has the user do first: networks put in, and the namespace that `kubectl apply -n` adds. */
export function readPreparedExample(file: string): string {
  const text = readExample(file)
    .replaceAll(`\${PODCIDR}`, "10.1.0.0/16")
    .replaceAll(`\${SERVICECIDR}`, "10.2.0.0/16");
  const isNamespaced = text.includes("kind: TracingPolicyNamespaced") && !/^\s+namespace:/m.test(text);
  return isNamespaced ? text.replace("metadata:\n", "metadata:\n  namespace: default\n") : text;
}
