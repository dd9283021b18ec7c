/** @module What an Event says of a start: one Event, however much has changed, so that a roll of all agents is no storm. */
import type { ClusterEvent } from "../../kubernetes/events/index.ts";
import type { RememberedStart } from "./remembered.ts";

/** An Event, and not yet about what. */
export type Occurrence = Omit<ClusterEvent, "regarding">;

/**
 * The Event of a start. Its reason is the rarest of what has happened; the note says everything.
 * @param before The start before this one.
 */
export function startOccurrence(before: RememberedStart | undefined, now: RememberedStart): Occurrence {
  const what = `tetrad ${versionOf(now)} has started${now.kernel === undefined ? "" : ` on kernel ${now.kernel}`}`;
  const start = { type: "Normal", action: "Start" } as const;
  if (before === undefined) return { ...start, reason: "AgentStarted", note: what };
  const changes = changesSince(before, now);
  const notes = [what, ...changes.map(({ note }) => note)];
  const hasCrashed = !before.hasStopped && before.bootId === now.bootId;
  if (hasCrashed) notes.push("the one before it has ended without being asked to: killed, or by a fault");
  return {
    ...start,
    ...(hasCrashed && { type: "Warning" }),
    reason: changes[0]?.reason ?? "AgentRestarted",
    note: notes.join("; "),
  };
}

/** The Event of a reload that has changed something. */
export function reloadOccurrence(before: string, now: string): Occurrence {
  return {
    type: "Normal",
    action: "Reload",
    reason: "AgentConfigurationChanged",
    note: `The configuration has changed: its digest is ${now}, and was ${before}`,
  };
}

/** The rarest one first. */
function changesSince(before: RememberedStart, now: RememberedStart): { reason: string; note: string }[] {
  const changes: { reason: string; note: string }[] = [];
  if (before.kernel !== now.kernel)
    changes.push({ reason: "KernelChanged", note: `the kernel was ${before.kernel ?? "not known"}` });
  if (versionOf(before) !== versionOf(now))
    changes.push({ reason: "AgentVersionChanged", note: `the agent was ${versionOf(before)}` });
  if (before.configDigest !== now.configDigest)
    changes.push({
      reason: "AgentConfigurationChanged",
      note: `the digest of its configuration is ${now.configDigest}, and was ${before.configDigest}`,
    });
  return changes;
}

function versionOf({ version, commit }: RememberedStart): string {
  return commit === undefined ? version : `${version} (${commit.slice(0, 12)})`;
}
