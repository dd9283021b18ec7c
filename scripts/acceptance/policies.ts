/**
 * @module Policies on the kernels that they are made for, in virtual machines: every case of `test/policy/cases/`, Tetragon's
 * examples, random ones.
 */
import { type MachineTests, runInMachine, type TestCounts, testInMachine } from "../../test/vm/machine.ts";
import type { PolicyFigure } from "../bench/policy-figure.ts";
import { renderTable } from "../bench/table.ts";
import { type Acceptance, timed } from "./acceptance.ts";

const KERNELS = ["5.10", "6.1", "6.12"] as const;
const FILES = [
  "test/policy/cases.acceptance.ts",
  "test/policy/examples.acceptance.ts",
  "test/policy/ready-made.acceptance.ts",
  "test/source/sensor/policy/lsm.acceptance.ts",
  "test/source/sensor/policy/kept-lsm.acceptance.ts",
  "test/policy/compile/hostile.test.ts",
];
/** Two hours: emulated, on a machine that does other things, too. */
const TIMEOUT_SECONDS = 7200;
/** Random policies before the verifier of each kernel; how many, here and in a run of their own. */
const SWEEP = "test/policy/compile/sweep.test.ts";
const RANDOM_POLICIES = "100";
const MORE_RANDOM_POLICIES = "400";
/** What says which are run. */
const PASSED_ON = [
  "TETRAD_CASES",
  "TETRAD_EXAMPLES",
  "TETRAD_EXAMPLE_POLICIES",
  "TETRAD_POLICY_RUNS",
  "TETRAD_TEST_SEED",
];

/** A line of the test runner: `(pass) policies > open-exact [1.2ms]`, `(pass) examples > write.yaml is loaded`. */
const RESULT = /^\((pass|fail|skip)\) (policies|examples|ready-made) > (\S+)(?: is (loaded|refused))?/gm;
/** What the sweep says at its end. */
const SWEPT = /^random policies: (.*)$/m;

/** What came of each case and example, by its name: of what passed how it should be, where that is not the same everywhere. */
function resultsOf({ stderr }: MachineTests): Map<string, string> {
  return new Map(
    [...stderr.matchAll(RESULT)].map(([, result, , name, expected]) => [
      name!,
      result === "pass" && expected !== undefined ? expected : result!,
    ]),
  );
}

/** How many of each group are as they should be, and what the sweep said: a row of the table at the end. */
function countsOf(kernel: string, run: MachineTests): string[] {
  const groups = Map.groupBy(run.stderr.matchAll(RESULT), ([, , group]) => group);
  const passed = (group: string) => {
    const all = groups.get(group) ?? [];
    const refused = all.filter(([, result, , , expected]) => result === "pass" && expected === "refused");
    const right = all.filter(([, result]) => result === "pass").length;
    return `${right} of ${all.length}${refused.length === 0 ? "" : `, ${refused.length} of them refused`}`;
  };
  const [, swept = ""] = SWEPT.exec(run.stdout + run.stderr) ?? [];
  return [kernel, passed("policies"), passed("examples"), passed("ready-made"), swept];
}

export const policySweep: Acceptance = {
  name: "policy-sweep",
  summary: `random policies before the verifier of Linux ${KERNELS.join(", ")}, in virtual machines`,
  description: `Makes policies of every type, operator, condition and action at random, alone and where several meet, and has each
kernel verify their programs. TETRAD_POLICY_RUNS is how many, ${MORE_RANDOM_POLICIES} where nothing is said; TETRAD_TEST_SEED has the same ones
again.`,
  async run(say) {
    const outcomes = [];
    for (const kernel of KERNELS) {
      const outcome = await timed(`Linux ${kernel}`, say, async () => {
        const environment = { TETRAD_POLICY_RUNS: MORE_RANDOM_POLICIES, ...passedOn() };
        const run = await testInMachine([SWEEP], { kernel, timeoutSeconds: TIMEOUT_SECONDS, environment });
        say(SWEPT.exec(run.stdout + run.stderr)?.[0] ?? "");
        if (run.failed > 0) say(run.stderr.trimEnd());
        return run;
      });
      outcomes.push(outcome);
    }
    return outcomes;
  },
};

function passedOn(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

export const policies: Acceptance = {
  name: "policies",
  summary: `each case of test/policy/cases/ and ready-made/ and each example on Linux ${KERNELS.join(" and ")}, in virtual machines`,
  description: `Loads the policy of each case, does what the case says, and compares the events. Loads Tetragon's examples in
../shared/policies, or where TETRAD_EXAMPLE_POLICIES says: each is loaded, or refused for what the kernel lacks. TETRAD_CASES
and TETRAD_EXAMPLES are patterns of the names of those to run. Counts what policies cost, in instructions, and holds that to goals. TETRAD_POLICY_RUNS
is the number of random policies that each kernel verifies.`,
  async run(say) {
    const results = new Map<string, Map<string, string>>();
    const outcomes = [];
    const counts: string[][] = [];
    const costs = await timed("costs", say, () => measureCosts(say));
    for (const kernel of KERNELS) {
      const outcome = await timed(`Linux ${kernel}`, say, async () => {
        const environment = { TETRAD_POLICY_RUNS: RANDOM_POLICIES, ...passedOn() };
        const files = [...FILES, SWEEP];
        const run = await testInMachine(files, { kernel, timeoutSeconds: TIMEOUT_SECONDS, environment });
        if (run.failed > 0) say(run.stderr.replace(/^\(pass\).*\n/gm, "").trimEnd());
        results.set(kernel, resultsOf(run));
        counts.push(countsOf(kernel, run));
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
    const header = ["kernel", "cases", "examples", "ready-made", "random policies"];
    say(renderTable({ header, rows: counts, left: [0, 1, 2, 3, 4] }, false));
    return [costs, ...outcomes];
  },
};

/** What policies cost where a nanosecond is an instruction. */
async function measureCosts(say: (text: string) => void): Promise<TestCounts> {
  const { exitCode, stdout, stderr } = await runInMachine({
    kernel: "6.1",
    countsInstructions: true,
    timeoutSeconds: TIMEOUT_SECONDS,
    command: ["bun", "scripts/bench/policies.ts"],
  });
  if (exitCode !== 0) {
    say(stderr.trimEnd());
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const figures = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as PolicyFigure);
  const rows = figures.map(({ name, value, goal, detail }) => [name, value.toFixed(2), String(goal), detail]);
  say(renderTable({ header: ["cost", "measured", "goal", ""], rows, left: [0, 3] }, false));
  const failed = figures.filter(({ value, goal }) => !(value <= goal)).length;
  return { passed: figures.length - failed, failed, skipped: 0 };
}
