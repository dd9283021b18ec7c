/**
 * @module Policies on the kernels that they are made for, in virtual machines: every case of `test/policy/cases/`, Tetragon's
 * examples, random ones.
 */
import { type MachineTests, testInMachine } from "../../test/vm/machine.ts";
import { renderTable } from "../bench/table.ts";
import { type Acceptance, timed } from "./acceptance.ts";

/** Debian 12 and 13: older ones have no reader of policies that anybody runs there. */
const KERNELS = ["6.1", "6.12"] as const;
const FILES = ["test/policy/cases.acceptance.ts", "test/policy/examples.acceptance.ts"];
const TIMEOUT_SECONDS = 3600;
/** What says which are run. */
const PASSED_ON = ["TETRAD_CASES", "TETRAD_EXAMPLES", "TETRAD_EXAMPLE_POLICIES"];

/** A line of the test runner: `(pass) policies > open-exact [1.2ms]`, `(pass) examples > write.yaml is loaded`. */
const RESULT = /^\((pass|fail|skip)\) (?:policies|examples) > (\S+)(?: is (loaded|refused))?/gm;

/** What came of each case and example, by its name: of what passed how it should be, where that is not the same everywhere. */
function resultsOf({ stderr }: MachineTests): Map<string, string> {
  return new Map(
    [...stderr.matchAll(RESULT)].map(([, result, name, expected]) => [
      name!,
      result === "pass" && expected !== undefined ? expected : result!,
    ]),
  );
}

export const policies: Acceptance = {
  name: "policies",
  summary: `each case of test/policy/cases/ and each example on Linux ${KERNELS.join(" and ")}, in virtual machines`,
  description: `Loads the policy of each case, does what the case says, and compares the events. Loads Tetragon's examples in
../shared/policies, or where TETRAD_EXAMPLE_POLICIES says: each is loaded, or refused for what the kernel lacks. TETRAD_CASES
and TETRAD_EXAMPLES are patterns of the names of those to run.`,
  async run(say) {
    const results = new Map<string, Map<string, string>>();
    const outcomes = [];
    for (const kernel of KERNELS) {
      const outcome = await timed(`Linux ${kernel}`, say, async () => {
        const environment = Object.fromEntries(
          PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
        );
        const run = await testInMachine(FILES, { kernel, timeoutSeconds: TIMEOUT_SECONDS, environment });
        if (run.failed > 0) say(run.stderr.replace(/^\(pass\).*\n/gm, "").trimEnd());
        results.set(kernel, resultsOf(run));
        return run;
      });
      outcomes.push(outcome);
    }
    const names = [...new Set([...results.values()].flatMap((each) => [...each.keys()]))].sort();
    const rows = names.map((name) => [
      name,
      ...KERNELS.map((kernel) => results.get(kernel)?.get(name) ?? ""),
    ]);
    say(renderTable({ header: ["policy", ...KERNELS], rows }, false));
    return outcomes;
  },
};
