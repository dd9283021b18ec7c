/** @module What a receiver may still do once its socket is bound: nothing but receive and print. */
import { errorMessage } from "../os/caught.ts";
import { dropPrivileges, type UserIdentity } from "../os/drop-privileges.ts";
import { refuseSystemCalls } from "../os/seccomp/index.ts";

/** The user that owns nothing (the kernel's overflow user, `nobody`). */
const NOBODY: UserIdentity = { uid: 65534, gid: 65534 };

/**
 * Gives up every capability, the user where it is root, and system calls that a receiver does not make. To be called when
 * the socket is bound and before the event loop turns, so that nothing has been read.
 * @returns What could not be given up, a line each.
 */
export function giveUpRights(): string[] {
  const left: string[] = [];
  const attempt = (what: string, action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      left.push(`Cannot give up ${what}: ${errorMessage(error)}`);
      return false;
    }
  };
  // A user namespace may have no such user: the capabilities go all the same.
  const isUserGone =
    process.getuid?.() === 0 && attempt("the rights of root", () => dropPrivileges({ user: NOBODY }));
  if (!isUserGone) attempt("capabilities", () => dropPrivileges());
  attempt("system calls that are not needed", () => refuseSystemCalls());
  return left;
}
