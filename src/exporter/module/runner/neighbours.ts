/** @module What the runtime takes from the directories above a module, whoever put it there: packages, and files that say where imports lead. */
import { accessSync, constants, lstatSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode } from "../../../os/caught.ts";

const TAKEN = ["node_modules", "package.json", "tsconfig.json", "jsconfig.json"];
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why code of somebody else's may be loaded with the module at `path`, to follow a colon; `undefined` where nobody but root and the owners
 * of the module and of the directories on its way could have put it there.
 */
export function distrustNeighbours(path: string): string | undefined {
  const owner = statSync(path).uid;
  for (let at = path; at !== "/"; ) {
    at = dirname(at);
    const trusted = [0, owner, statSync(at).uid];
    for (const name of TAKEN) {
      const refused = distrust(join(at, name), trusted);
      if (refused !== undefined) return refused;
    }
  }
  return undefined;
}

function distrust(path: string, trusted: readonly number[]): string | undefined {
  let entry: Stats;
  let stats: Stats;
  try {
    [entry, stats] = [lstatSync(path), statSync(path)];
  } catch {
    // It is not there, or leads nowhere.
    return undefined;
  }
  const stranger = [entry.uid, stats.uid].find((uid) => !trusted.includes(uid));
  if (stranger !== undefined)
    return `found ${path} owned by user ${stranger}, expected root or the module's owner`;
  if ((stats.mode & WRITABLE_BY_OTHERS) === 0 || isReadOnlyMount(path)) return undefined;
  return `found ${path}, which others than its owner may write (chmod go-w)`;
}

function isReadOnlyMount(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}
