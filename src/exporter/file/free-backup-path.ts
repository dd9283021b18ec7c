/** @module The name of the next backup of an export file. */
import { dirname, join } from "node:path";
import { backupName, COMPRESSED } from "./backup-name.ts";
import { identify } from "./open.ts";

/** Path for a backup made now, a millisecond or more later if there is one of that name; never before `earliest`. */
export async function freeBackupPath(
  path: string,
  earliest: number,
): Promise<{ backup: string; time: number }> {
  for (let time = Math.max(Date.now(), earliest); ; time++) {
    const backup = join(dirname(path), backupName(path, new Date(time)));
    const isTaken = (await identify(backup)) ?? (await identify(backup + COMPRESSED));
    if (isTaken === undefined) return { backup, time };
  }
}
