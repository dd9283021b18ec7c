/** @module The `pid_set` key: processes by their id, and all their descendants. */

import { AgedMap } from "../../lib/aged-map.ts";
import type { PredicateFactory } from "./predicate.ts";
import { pidOf } from "./process.ts";

/** Descendants that are remembered; the oldest is forgotten first. Tetragon remembers all, for ever. */
const MAX_DESCENDANTS = 1 << 18;

/**
 * Matches a process whose id is listed or remembered, or whose parent's is; the latter is then remembered too,
 * so that its own children match. This is best effort: process ids are reused.
 */
export const pidSet: PredicateFactory = (filter, key, { enablePidSetFilter, wanted, warn }) => {
  wanted.add("process.pid");
  wanted.add("parent.pid");
  if (!enablePidSetFilter) {
    filter.report(
      key,
      filter.node.start,
      "tracks process ids by best effort and needs --enable-pid-set-filter, which is for tests and development",
    );
  }
  const listed = new Set(filter.numbers(key));
  const descendants = new AgedMap<number, true>();
  let hasWarned = false;
  const isMember = (pid: number) => listed.has(pid) || descendants.has(pid);
  return ({ process, parent }) => {
    if (process === undefined) return false;
    const pid = pidOf(process);
    if (isMember(pid)) return true;
    if (parent === undefined || !isMember(pidOf(parent))) return false;
    if (descendants.size === MAX_DESCENDANTS) {
      descendants.delete(descendants.oldest!);
      if (!hasWarned) warn(`The pid_set filter forgets the oldest of more than ${MAX_DESCENDANTS} processes`);
      hasWarned = true;
    }
    descendants.set(pid, true);
    return true;
  };
};
