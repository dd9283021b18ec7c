/**
 * Random policies before the verifier of this kernel: it takes all of them. TETRAD_POLICY_RUNS says how many there are; the
 * last line counts them.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { TetradError } from "../../../src/os/error.ts";
import { formatFinding, readPolicies } from "../../../src/policy/document/index.ts";
import type { Hook } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { Bench } from "./bench.ts";
import { type Json, MEETING_SPECS } from "./random-policy.ts";

const RUNS = Number(process.env.TETRAD_POLICY_RUNS ?? 25);

const LOADED = "loaded";
const MISTAKE = "refused by mistake";

/** What a program has no room for, and what this kernel lacks. */
const REFUSALS = [
  /^Cannot compile what policies ask at "[^"]+" into one program: (?<reason>.*)/,
  /^(?<reason>Cannot override "[^"]+": the kernel takes no program)/,
];

/** The hook of a spec. @throws Error when the document is wrong. */
function hookOf(spec: Json): Hook {
  const { policies, findings } = readPolicies(
    JSON.stringify({
      apiVersion: "cilium.io/v1alpha1",
      kind: "TracingPolicy",
      metadata: { name: "random" },
      spec,
    }),
    { file: "random.yaml" },
  );
  const [hook] = policies.flatMap(({ hooks }) => hooks);
  if (hook === undefined) throw new Error(findings.map(formatFinding).join("\n"));
  return hook;
}

/** What became of hooks: `loaded`, that there is no room for them, or else a mistake of ours. */
function outcomeOf(bench: Bench, hooks: readonly Hook[], specs: readonly Json[]): string {
  try {
    bench.load(...hooks);
    return LOADED;
  } catch (error) {
    const { message } = error as Error;
    const refused = REFUSALS.map((pattern) => pattern.exec(message)?.groups?.reason).find(Boolean);
    if (error instanceof TetradError && refused !== undefined) return refused;
    console.error(`${message}\n${JSON.stringify(specs)}`);
    return MISTAKE;
  }
}

describeWithBpf("the verifier", () => {
  test("takes random policies, alone and where several meet", () => {
    using bench = new Bench();
    const meetings = fc.sample(MEETING_SPECS, RUNS).map((specs) => ({ specs, hooks: specs.map(hookOf) }));
    bench.prepare(meetings.flatMap(({ hooks }) => hooks));
    const outcomes = Map.groupBy(
      meetings.map(({ hooks, specs }) => outcomeOf(bench, hooks, specs)),
      (outcome) => outcome,
    );
    const counts = [...outcomes].map(([outcome, all]) => `${all.length} ${outcome}`);
    console.log(`random policies: ${counts.join("; ")}`);
    expect(outcomes.get(MISTAKE) ?? []).toEqual([]);
    const noRoom = counts.filter((each) => !/ (?:loaded|Cannot override)/.test(each));
    expect(outcomes.get(LOADED)!.length).toBeGreaterThan(0);
    expect(noRoom).toEqual([]);
  });
});
