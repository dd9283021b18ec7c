/** @module What a caught value says: `catch` gives anything that was thrown. */

/** The message of an error; anything else as text. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What went wrong, for a message that says itself what was tried and with which file: `ENOENT: no such file or directory`, without the call
 * and the path that Node.js adds to it. Of other errors the whole message.
 */
export function bareMessage(error: unknown): string {
  const message = errorMessage(error);
  if (!(error instanceof Error && "syscall" in error && typeof error.syscall === "string")) return message;
  const end = message.indexOf(`, ${error.syscall}`);
  return end < 0 ? message : message.slice(0, end);
}

/** The name by which Node.js and Bun report a failed system call (`ENOENT`), or `undefined` for other errors. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return undefined;
  // What `node:os` throws has the call's own code one level down.
  const { info } = error as { info?: { code?: unknown } };
  return error.code === "ERR_SYSTEM_ERROR" && typeof info?.code === "string" ? info.code : error.code;
}

/** {@link errorCode} or, for an error without one, the error as text: short enough for a log entry. */
export function codeOrText(error: unknown): string {
  return errorCode(error) ?? String(error);
}

/** Errors of calls that another time, or with more room, may succeed: nothing that was asked for is wrong. */
const SHORTAGES = new Set([
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "EAGAIN",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "EINTR",
  "ENOBUFS",
]);

/** Whether a call, or the one behind it, failed for want of descriptors, memory, room or a working disk. */
export function isShortage(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (SHORTAGES.has(errorCode(at) ?? "")) return true;
  return false;
}

/** Whether an error says that there is no such file, directory or process: not, say, that it may not be looked at. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR" || code === "ESRCH";
}
