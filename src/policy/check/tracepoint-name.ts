/** @module What a tracepoint is called that was written otherwise. */
import { readdirSync } from "node:fs";
import { withTracefs } from "../../kernel/tracepoint/index.ts";
import { nearest } from "../../lib/text/distance.ts";
import type { TracepointTarget } from "../policy.ts";

/** The name of a tracepoint that comes nearest, as `subsystem/event`; `undefined` without one, or where nobody may look. */
export function likeTracepoint(target: TracepointTarget): string | undefined {
  try {
    return withTracefs((directory) => nearestIn(`${directory}/events`, target));
  } catch {
    return undefined;
  }
}

function nearestIn(events: string, { subsystem, event }: TracepointTarget): string | undefined {
  // An event that is right leads to its subsystem; there are a hundred or two.
  const owners = new Map<string, string>(
    directoriesIn(events).flatMap((owner) =>
      directoriesIn(`${events}/${owner}`).map((name) => [name, owner] as const),
    ),
  );
  const here = directoriesIn(`${events}/${subsystem}`);
  if (here.length > 0 && !owners.has(event)) {
    const near = nearest(event, here);
    if (near !== undefined) return `${subsystem}/${near}`;
  }
  const near = owners.has(event) ? event : nearest(event, owners.keys());
  return near === undefined ? undefined : `${owners.get(near)}/${near}`;
}

function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}
