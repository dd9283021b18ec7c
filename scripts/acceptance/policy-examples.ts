/** @module Tetragon's own example policies: each is read without a finding, or with exactly those that are right. */
import { formatFinding, readPolicies } from "../../src/policy/document/index.ts";
import { EXAMPLES_DIRECTORY, EXPECTATIONS, exampleFiles, readExample } from "../../test/policy/examples.ts";
import { type Acceptance, timed } from "./acceptance.ts";

/** Sections and actions that are read and checked, but not loaded by this version. */
const LATER = /^unsupported /;

export const policyExamples: Acceptance = {
  name: "policy-examples",
  summary: "Tetragon's example policies are read as they should be",
  description: `Reads the policies in ../shared/policies, or where TETRAD_EXAMPLE_POLICIES says, and holds what is found in them to a list.`,
  async run(say) {
    return [
      await timed("examples", say, async () => {
        const files = exampleFiles();
        if (files.length === 0) {
          say(`SKIPPED: there are no policies in ${EXAMPLES_DIRECTORY}`);
          return { passed: 0, failed: 0, skipped: 1 };
        }
        const failed = files.filter((file) => !isAsExpected(file, say));
        return { passed: files.length - failed.length, failed: failed.length, skipped: 0 };
      }),
    ];
  },
};

function isAsExpected(file: string, say: (text: string) => void): boolean {
  const { policies, open, findings } = readPolicies(readExample(file), { file });
  const found = findings.map(({ severity, kind, path }) => {
    const last = path.split(".").at(-1)!;
    return `${kind === "unsupported" ? kind : severity} ${last === path ? path : `…${last}`}`;
  });
  const others = found.filter((each) => !LATER.test(each));
  const isRight = Bun.deepEquals(others, [...(EXPECTATIONS[file]?.findings ?? [])]);
  const isWhole = policies.length + open.length > 0 || findings.some(({ severity }) => severity === "error");
  if (isRight && isWhole) return true;
  say(`${file}: found\n${findings.map((finding) => `  ${formatFinding(finding)}`).join("\n")}`);
  return false;
}
