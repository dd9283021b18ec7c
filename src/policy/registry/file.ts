/** @module The policies of a file, or of an object of Kubernetes, as it changes. */
import { tick } from "../../lib/tick.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import type { PolicyFile } from "../document/index.ts";
import type { Policy } from "../policy.ts";
import type { PolicyEngine } from "./engine.ts";
import type { Entries } from "./entries.ts";
import { describeKey, type Entry, isLoaded, keyOf } from "./entry.ts";
import type { Origin } from "./origin.ts";

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

/** Where policies change. */
export interface FileChange {
  readonly entries: Entries;
  readonly engine: PolicyEngine;
  /** What the files are. */
  readonly origin: Origin;
  /** Files whose policies are to go: those of the same names here come in their place. */
  readonly gone: ReadonlySet<string>;
}

/** Forgets the policies of a file that is gone. */
export async function removeFile({ entries, engine }: FileChange, file: string): Promise<void> {
  for (const entry of entries.of(file)) {
    entries.remove(engine, entry);
    // Hundreds of policies take longer than events, clients and a watchdog wait.
    await tick();
  }
}

/**
 * Has the policies of a file be those of its text. What is loaded stays until what comes in its place is attached, and
 * where that cannot be loaded it stays for good.
 */
export async function setFile(change: FileChange, { file, text, ...read }: ReadFile): Promise<FileOutcome> {
  const { entries, engine, origin } = change;
  const before = entries.of(file);
  const { policies, findings } = read;
  const problems = findings.filter(({ severity }) => severity === "error").map(origin.say);
  const warnings = findings.filter(({ severity }) => severity === "warning").map(origin.say);
  const [unread = ""] = problems;
  const kept = new Set<Entry>();
  for (const policy of policies) {
    const { entry, problem } = setPolicy(change, { policy, file, text });
    kept.add(entry);
    if (problem !== undefined) problems.push(problem);
    await tick();
  }
  for (const entry of before.filter((entry) => !kept.has(entry) && entries.get(entry) === entry)) {
    // Of a policy that cannot be read any more nobody knows that it is to go.
    if (unread === "" || entry.policy === undefined) entries.remove(engine, entry);
    else entry.error = `the ${origin.noun} has changed and cannot be read: ${unread}`;
  }
  if (unread !== "" && entries.of(file).length === 0) {
    const key = origin.keyOf(file);
    const entry = entries.create({ ...key, origin: file, text, policy: undefined });
    if (entries.get(key) === undefined) entries.fail(entry, new TetradError("config", problems.join("; ")));
  }
  return { problems, warnings };
}

function setPolicy(
  { entries, engine, origin, gone }: FileChange,
  { policy, file, text }: FileText & { readonly policy: Policy },
): { entry: Entry; problem?: string } {
  const key = keyOf(policy, origin.domain);
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
    const problem = `Cannot load policy ${origin.call(key)}: ${errorMessage(error)}`;
    if (present === undefined || !isLoaded(present)) return { entry: entries.fail(next, error), problem };
    present.error = `the ${origin.noun} has changed and cannot be loaded: ${errorMessage(error)}`;
    return { entry: present, problem };
  }
}
