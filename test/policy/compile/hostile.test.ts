/** Policies that ask for much: the verifier of this kernel takes them, or they are refused in words. */
import { expect, test } from "bun:test";
import { TetradError } from "../../../src/os/error.ts";
import { readPolicies } from "../../../src/policy/document/index.ts";
import type { Hook } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { Bench } from "./bench.ts";
import type { Json } from "./random-policy.ts";

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

describeWithBpf("policies that ask for much", () => {
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
