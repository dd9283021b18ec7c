import { type Finding, formatFinding, readPolicies } from "../../../src/policy/document/index.ts";
import type { KernelFacts } from "../../../src/policy/document/kernel-facts.ts";
import type { Hook, Policy } from "../../../src/policy/policy.ts";

/** A whole document around a `spec`. */
export function documentOf(spec: string, name = "test"): string {
  const indented = spec
    .split("\n")
    .map((line) => (line === "" ? line : `  ${line}`))
    .join("\n");
  return `apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: ${name}\nspec:\n${indented}\n`;
}

/** What a document means, and what is found in it. */
export interface Outcome {
  readonly policy: Policy | undefined;
  readonly findings: readonly Finding[];
  /** As they are printed. */
  readonly lines: readonly string[];
}

/** Reads a whole document, as one of x86-64. */
export function readText(text: string, kernel?: KernelFacts): Outcome {
  const file = "p.yaml";
  const options = kernel === undefined ? { file } : { file, kernel };
  const { policies, findings } = readPolicies(text, { ...options, machine: "x64" });
  return { policy: policies[0], findings, lines: findings.map(formatFinding) };
}

/** Reads a `spec`. */
export function readSpec(spec: string, kernel?: KernelFacts): Outcome {
  return readText(documentOf(spec), kernel);
}

/** The only hook of a `spec` that nothing is wrong with. */
export function hookOf(spec: string): Hook {
  const { policy, lines } = readSpec(spec);
  if (policy?.hooks.length !== 1) throw new Error(`found no hook: ${lines.join("\n")}`);
  return policy.hooks[0]!;
}

/** A kprobe on a function, with its arguments, and one selector. */
export function kprobe(args: string, selector: string): string {
  return `kprobes:\n- call: security_file_open\n  syscall: false\n  args: [${args}]\n  selectors:\n  - ${selector}\n`;
}
