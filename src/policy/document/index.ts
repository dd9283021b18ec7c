/**
 * @module Documents: the text of a file to the policies that it means, with everything that is wrong with it.
 *
 * ```ts
 * const { policies, findings } = readPolicies(text, { file: "policy.yaml" });
 * ```
 *
 * `yaml/` makes nodes of text, `schema/` describes what may be written, `read.ts` holds the one to the other, and
 * `meaning/` turns what was read into policies.
 */
import type { Policy } from "../policy.ts";
import { type Finding, Findings, quote } from "./finding.ts";
import { adviseOnFollowFd } from "./follow-fd.ts";
import type { KernelFacts } from "./kernel-facts.ts";
import { tracingPolicyIn } from "./kind-of-document.ts";
import { Context, type Machine } from "./meaning/context.ts";
import { readPolicy } from "./meaning/policy.ts";
import { readDocument } from "./read.ts";
import { TRACING_POLICY } from "./schema/tracing-policy.ts";
import { describe } from "./yaml/node.ts";
import { parseYaml } from "./yaml/parse.ts";

export { type Finding, formatFinding } from "./finding.ts";
export type { KernelFacts, ResolveStart } from "./kernel-facts.ts";

/** How a file is read. */
export interface ReadOptions {
  /** Its name in findings. */
  readonly file: string;
  /**
   * The machine that policies are for: system calls of another one's name are taken for its own.
   * @default this one
   */
  readonly machine?: Machine;
  /**
   * The kernel that policies are for. Without, only the text is checked, and what the kernel decides is left open.
   * @default none
   */
  readonly kernel?: KernelFacts;
  /** Whether the agent does what `GetUrl` and `DnsLookup` ask for. @default false */
  readonly makesRequests?: boolean;
}

/** What a file holds. */
export interface PolicyFile {
  /** Those without errors: no other may be loaded. */
  readonly policies: readonly Policy[];
  /** Names of those whose text is right, but of which the kernel decides a part, and could not be asked. */
  readonly open: readonly string[];
  /** In the order of the text. */
  readonly findings: readonly Finding[];
}

/** What a file holds, with what is good for nothing but further findings. */
export interface ReadPolicies extends PolicyFile {
  /** Those with errors, as far as they could be read: parts are left out of them, so that none may ever be loaded. */
  readonly refused: readonly Policy[];
}

/** Reads all policies of a file. Never throws for what is in it. */
export function readPolicies(
  text: string,
  { file, machine, kernel, makesRequests = false }: ReadOptions,
): ReadPolicies {
  const findings = new Findings(file);
  const policies: Policy[] = [];
  const refused: Policy[] = [];
  const open: string[] = [];
  const lines = new Map<string, number>();
  let documents = 0;
  for (const parsed of parseYaml(text, findings)) {
    documents++;
    if (parsed.kind !== "map") {
      const found = describe(parsed);
      findings.add({ severity: "error", at: parsed.at, path: "", found, expected: "a TracingPolicy" });
      continue;
    }
    const before = findings.errors;
    const node = tracingPolicyIn(parsed, findings);
    if (node === undefined) continue;
    adviseOnFollowFd(node, findings);
    const { value, places } = readDocument(node, TRACING_POLICY, findings);
    const context = new Context({
      places,
      findings,
      machine: machine ?? machineOfHost(),
      kernel,
      makesRequests,
    });
    const policy = readPolicy(value, context);
    if (policy === undefined) continue;
    refuseTwin(policy, context.at(value.metadata ?? value, "name"), lines, findings);
    if (findings.errors > before) refused.push(policy);
    else if (context.isOpen) open.push(policy.name);
    else if (context.dropped === 0) policies.push(policy);
    else {
      // A mistake of ours. What was left out may be what keeps it from killing.
      const found = "a part that was left out, for no reason that was said";
      findings.add({ severity: "error", at: node.at, path: "", found, cure: "please report it" });
    }
  }
  if (documents === 0 && findings.errors === 0) {
    const at = { line: 1, column: 1 };
    findings.add({ severity: "error", at, path: "", found: "nothing", expected: "a TracingPolicy" });
  }
  return { policies, refused, open, findings: findings.sorted() };
}

/** Of two of a name, the second one would take the place of the first. @param lines Those of the names so far. */
function refuseTwin(
  { name, namespace = "" }: Policy,
  at: Finding["at"],
  lines: Map<string, number>,
  findings: Findings,
): void {
  const key = `${namespace}/${name}`;
  const first = lines.get(key);
  if (first === undefined) lines.set(key, at.line);
  else {
    const found = `a second policy ${quote(name)}${namespace === "" ? "" : ` of the namespace ${quote(namespace)}`}`;
    const expected = `every name once: there is one in line ${first}`;
    findings.add({ severity: "error", at, path: "metadata.name", found, expected });
  }
}

function machineOfHost(): Machine {
  return process.arch === "arm64" ? "arm64" : "x64";
}
