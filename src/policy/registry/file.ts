/** @module The policies of a file, as it changes. */
import { basename } from "node:path";
import { tick } from "../../lib/tick.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { formatFinding } from "../document/finding.ts";
import type { PolicyFile } from "../document/index.ts";
import type { Policy } from "../policy.ts";
import type { PolicyEngine } from "./engine.ts";
import type { Entries } from "./entries.ts";
import { describeKey, type Entry, isLoaded, keyOf } from "./entry.ts";
import { STATIC_DOMAIN } from "./status.ts";

/** What came of a file. */
export interface FileOutcome {
  /** What is not loaded, or not as it is in the file, and why. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** A file, and all that it says. */
interface FileText {
  readonly file: string;
  readonly text: string;
}

/** It, and what was read in it. */
export type ReadFile = FileText & PolicyFile;

/** Forgets the policies of a file that is gone. */
export async function removeFile(entries: Entries, engine: PolicyEngine, file: string): Promise<void> {
  for (const entry of entries.of(file)) {
    entries.remove(engine, entry);
    // Hundreds of policies take longer than events, clients and a watchdog wait.
    await tick();
  }
}

/**
 * Has the policies of a file be those of its text. What is loaded stays until what comes in its place is attached, and
 * where that cannot be loaded it stays for good.
 * @param gone Files whose policies are to go: those of the same names here come in their place.
 */
export async function setFile(
  entries: Entries,
  engine: PolicyEngine,
  { file, text, ...read }: ReadFile,
  gone: ReadonlySet<string>,
): Promise<FileOutcome> {
  const before = entries.of(file);
  const { policies, findings } = read;
  const problems = findings.filter(({ severity }) => severity === "error").map(formatFinding);
  const warnings = findings.filter(({ severity }) => severity === "warning").map(formatFinding);
  const [unread = ""] = problems;
  const kept = new Set<Entry>();
  for (const policy of policies) {
    const { entry, problem } = setPolicy(entries, engine, { policy, file, text, gone });
    kept.add(entry);
    if (problem !== undefined) problems.push(problem);
    await tick();
  }
  for (const entry of before.filter((entry) => !kept.has(entry) && entries.get(entry) === entry)) {
    // Of a policy that cannot be read any more nobody knows that it is to go.
    if (unread === "" || entry.policy === undefined) entries.remove(engine, entry);
    else entry.error = `the file has changed and cannot be read: ${unread}`;
  }
  if (unread !== "" && entries.of(file).length === 0) {
    const key = { domain: STATIC_DOMAIN, namespace: "", name: basename(file) };
    const entry = entries.create({ ...key, origin: file, text, policy: undefined });
    if (entries.get(key) === undefined) entries.fail(entry, new TetradError("config", problems.join("; ")));
  }
  return { problems, warnings };
}

function setPolicy(
  entries: Entries,
  engine: PolicyEngine,
  { policy, file, text, gone }: FileText & { readonly policy: Policy; readonly gone: ReadonlySet<string> },
): { entry: Entry; problem?: string } {
  const key = keyOf(policy, STATIC_DOMAIN);
  const present = entries.get(key);
  if (present !== undefined && present.origin !== file && isLoaded(present) && !gone.has(present.origin)) {
    const where = present.origin === "" ? "" : `, of "${present.origin}"`;
    const problem = `Cannot load policy ${describeKey(key)} of "${file}": there is one of that name${where}`;
    return { entry: present, problem };
  }
  const next = entries.create({ ...key, origin: file, text, policy, id: present?.id });
  try {
    entries.load(engine, next, policy, present?.state !== "disabled");
    return { entry: next };
  } catch (error) {
    if (!(error instanceof TetradError)) throw error;
    const problem = `Cannot load policy ${JSON.stringify(policy.name)}: ${errorMessage(error)}`;
    if (present === undefined || !isLoaded(present)) return { entry: entries.fail(next, error), problem };
    present.error = `the file has changed and cannot be loaded: ${errorMessage(error)}`;
    return { entry: present, problem };
  }
}
