/** @module Every case of `test/policy/cases/` on the kernels that policies are made for, in virtual machines. */
import { type MachineTests, testInMachine } from "../../test/vm/machine.ts";
import { renderTable } from "../bench/table.ts";
import { type Acceptance, timed } from "./acceptance.ts";

/** Debian 12 and 13: older ones have no reader of policies that anybody runs there. */
const KERNELS = ["6.1", "6.12"] as const;
const FILES = ["test/policy/cases.acceptance.ts"];
const TIMEOUT_SECONDS = 3600;

/** A line of the test runner: `(pass) policies > open-exact [1.2ms]`. */
const RESULT = /^\((pass|fail|skip)\) policies > (\S+)/gm;

/** What came of each case, by its name. */
function resultsOf({ stderr }: MachineTests): Map<string, string> {
  return new Map([...stderr.matchAll(RESULT)].map(([, result, name]) => [name!, result!]));
}

export const policies: Acceptance = {
  name: "policies",
  summary: `each case of test/policy/cases/ on Linux ${KERNELS.join(" and ")}, in virtual machines`,
  description: `Loads the policy of each case, does what the case says, and compares the events. TETRAD_CASES is a pattern of the
names of those to run.`,
  async run(say) {
    const results = new Map<string, Map<string, string>>();
    const outcomes = [];
    for (const kernel of KERNELS) {
      const outcome = await timed(`Linux ${kernel}`, say, async () => {
        const cases = process.env.TETRAD_CASES;
        const environment = cases === undefined ? {} : { TETRAD_CASES: cases };
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
    say(renderTable({ header: ["case", ...KERNELS], rows }, false));
    return outcomes;
  },
};
