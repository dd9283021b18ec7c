/** @module Users by name, from /etc/passwd and /etc/group as they are: no name service, no library of the host's. */

import { codeOrText, isMissing } from "./caught.ts";
import type { UserIdentity } from "./drop-privileges.ts";
import { TetradError } from "./error.ts";
import { fs } from "./fs.ts";
import { join } from "./path.ts";

/** The largest number that is a user; the one above means "leave as it is" (setresuid(2)). */
const MAX_ID = 0xfffffffe;

/** A user in `/etc/passwd` (passwd(5)). */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  /** The primary group, `undefined` when the entry has none. */
  readonly gid: number | undefined;
}

/** The users in the text of `/etc/passwd`, in its order; lines without a name and a number are left out. */
export function parsePasswd(text: string): PasswdEntry[] {
  return splitEntries(text).flatMap(([name, , uidText, gidText]) => {
    const uid = parseId(uidText ?? "");
    return name === undefined || uid === undefined ? [] : { name, uid, gid: parseId(gidText ?? "") };
  });
}

/**
 * The user that `text` names: `USER` or `USER:GROUP`, each a name or a number.
 * @param root Directory that stands for `/`.
 * @throws TetradError `config` when a name is not in the file, or a number without a group has no entry.
 */
export function findUser(text: string, root = "/"): UserIdentity {
  const [userText = "", groupText, ...rest] = text.split(":");
  if (userText === "" || groupText === "" || rest.length > 0) {
    throw new TetradError(
      "config",
      `Cannot use user "${text}": expected USER or USER:GROUP, names or numbers`,
    );
  }
  const number = parseId(userText);
  const entry = parsePasswd(readIfThere(join(root, "etc/passwd"))).find(({ name, uid }) =>
    number === undefined ? name === userText : uid === number,
  );
  const uid = number ?? entry?.uid;
  if (uid === undefined)
    throw new TetradError("config", `Cannot use user "${text}": "${userText}" is not in /etc/passwd`);
  return { uid, gid: groupText === undefined ? primaryGroup(text, entry) : findGroup(text, groupText, root) };
}

function primaryGroup(text: string, entry: PasswdEntry | undefined): number {
  const gid = entry?.gid;
  if (gid === undefined) {
    throw new TetradError(
      "config",
      `Cannot use user "${text}": it has no entry in /etc/passwd, expected USER:GROUP`,
    );
  }
  return gid;
}

function findGroup(text: string, group: string, root: string): number {
  const entry = splitEntries(readIfThere(join(root, "etc/group"))).find(([name]) => name === group);
  const gid = parseId(group) ?? parseId(entry?.[2] ?? "");
  if (gid === undefined)
    throw new TetradError("config", `Cannot use user "${text}": "${group}" is not in /etc/group`);
  return gid;
}

function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

function readIfThere(path: string): string {
  try {
    return fs().readFileSync(path, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return "";
    throw new TetradError("failed", `Cannot read "${path}": ${codeOrText(cause)}`, { cause });
  }
}

function splitEntries(text: string): string[][] {
  return text.split("\n").map((line) => line.split(":"));
}
