/** @module What relative paths are relative to. */
import { isAbsolute } from "./path.ts";

/** Where the executable goes that was started in a directory which has been deleted: nobody can make a file there. */
const NOWHERE = /^\/proc\/\d+\/task$/;

/** @throws Error where a relative path leads nowhere. */
export function checkRelative(path: string): void {
  if (isAbsolute(path) || !NOWHERE.test(process.cwd())) return;
  throw new Error(
    "found a relative path, and the working directory has been deleted, needs an absolute path",
  );
}
