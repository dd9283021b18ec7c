/**
 * Policies that ask for much, and random ones: the verifier of this kernel takes them, or they are refused in words. TETRAD_POLICY_RUNS
 * says how many random ones there are.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { TetradError } from "../../../src/os/error.ts";
import { readPolicies } from "../../../src/policy/document/index.ts";
import type { Hook } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { Bench } from "./bench.ts";

const RUNS = Number(process.env.TETRAD_POLICY_RUNS ?? 25);

type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

function hooksOf(kprobe: { readonly [name: string]: Json }): readonly Hook[] {
  const { policies, findings } = readPolicies(
    JSON.stringify({
      apiVersion: "cilium.io/v1alpha1",
      kind: "TracingPolicy",
      metadata: { name: "hostile" },
      spec: { kprobes: [{ syscall: false, ...kprobe }] },
    }),
    { file: "hostile.yaml" },
  );
  if (policies.length === 0) throw new Error(findings.map(({ found }) => found).join());
  return policies[0]!.hooks;
}

/** Why hooks at one place are not loaded; `undefined` where they are. Anything but a refusal in words is thrown. */
function refusal(hooks: readonly Hook[]): string | undefined {
  using bench = new Bench();
  try {
    bench.load(...hooks);
    return undefined;
  } catch (error) {
    if (!(error instanceof TetradError)) throw error;
    return error.message;
  }
}

const FILE = { index: 0, type: "file" };
const values = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i));

const NAME = fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "-"), minLength: 1, maxLength: 12 });
const PATH = fc.array(NAME, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join("/")}`);
const PATHS = fc.uniqueArray(PATH, { minLength: 1, maxLength: 12 });
const NUMBERS = fc.array(fc.integer({ min: 0, max: 4096 }).map(String), { minLength: 1, maxLength: 12 });

/** A filter on the file, or on the number behind it. */
const FILTER = fc.oneof(
  fc.record({
    index: fc.constant(0),
    operator: fc.constantFrom("Equal", "NotEqual", "Prefix", "NotPrefix", "Postfix", "NotPostfix"),
    values: PATHS,
  }),
  fc.record({ index: fc.constant(1), operator: fc.constantFrom("InMap", "NotInMap"), values: NUMBERS }),
  fc.record({
    index: fc.constant(1),
    operator: fc.constantFrom("Equal", "NotEqual", "Mask", "GT", "LT"),
    values: NUMBERS.map((all) => all.slice(0, 4)),
  }),
);
const BINARIES = fc.record({
  operator: fc.constantFrom("In", "NotIn", "Prefix", "Postfix"),
  values: PATHS,
});
const SELECTOR = fc.record(
  {
    matchArgs: fc.array(FILTER, { minLength: 1, maxLength: 4 }),
    matchBinaries: BINARIES.map((each) => [each]),
    matchActions: fc.constantFrom([{ action: "Post" }], [{ action: "Sigkill" }], [{ action: "NoPost" }]),
  },
  { requiredKeys: ["matchArgs"] },
);

describeWithBpf("policies that ask for much", () => {
  test("random ones are taken by the verifier", () => {
    fc.assert(
      fc.property(fc.array(SELECTOR, { minLength: 1, maxLength: 5 }), (selectors) => {
        const args = [FILE, { index: 1, type: "int" }];
        const asked = { call: "security_file_permission", args, selectors: selectors as unknown as Json };
        expect(refusal(hooksOf(asked))).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  test("thousands of values, of each kind", () => {
    const filters = [
      { operator: "Equal", values: values(5000, (i) => `/srv/some/directory/${i}/file`) },
      { operator: "Prefix", values: values(3000, (i) => `/srv/some/directory/${i}/`) },
      { operator: "Postfix", values: values(3000, (i) => `${i}.conf`) },
    ];
    for (const filter of filters) {
      const selectors = [{ matchArgs: [{ index: 0, ...filter }] }];
      expect(refusal(hooksOf({ call: "security_file_open", args: [FILE], selectors }))).toBeUndefined();
    }
  });

  test("patterns that are long", () => {
    const selectors = [
      { matchArgs: [{ index: 0, operator: "Equal", values: values(50, (i) => `/${"*a/".repeat(40)}${i}`) }] },
    ];
    expect(refusal(hooksOf({ call: "security_file_open", args: [FILE], selectors }))).toBeUndefined();
  });

  test("more strings than there is memory for are refused in words", () => {
    const hooks = values(7, (i) => `f_path.dentry.${"d_parent.".repeat(i)}d_name.name`).flatMap((resolve) =>
      hooksOf({ call: "security_file_open", args: [FILE, { index: 0, type: "string", resolve }] }),
    );
    expect(refusal(hooks)).toMatch(/^Cannot compile what policies ask at "security_file_open"/);
  });

  test("a hundred policies at one place", () => {
    const hooks = values(100, String).flatMap((number) =>
      hooksOf({
        call: "security_file_open",
        args: [FILE],
        selectors: [{ matchArgs: [{ index: 0, operator: "Prefix", values: [`/srv/${number}/`] }] }],
      }),
    );
    expect(refusal(hooks)).toBeUndefined();
  });
});
