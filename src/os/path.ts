/** @module Paths as text, as `node:path` has them for POSIX: that module takes a tenth of what a bare program's start takes. */

/** Whether `path` begins at the root. */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** Without empty steps, `.` and, where a name stands before it, `..`. Those above an absolute path's root are dropped. */
function steps(path: string): string[] {
  const isFromRoot = isAbsolute(path);
  const kept: string[] = [];
  for (const step of path.split("/")) {
    if (step === "" || step === ".") continue;
    if (step !== "..") kept.push(step);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!isFromRoot) kept.push(step);
  }
  return kept;
}

/** The parts as one path, shortened. */
export function join(...parts: readonly string[]): string {
  const path = parts.filter((part) => part !== "").join("/");
  const kept = steps(path).join("/");
  if (kept === "") return isAbsolute(path) ? "/" : path.endsWith("/") ? "./" : ".";
  return `${isAbsolute(path) ? "/" : ""}${kept}${path.endsWith("/") ? "/" : ""}`;
}

/** The absolute, shortened path of what `path` names from the working directory. */
export function resolve(path: string): string {
  return `/${steps(isAbsolute(path) ? path : `${process.cwd()}/${path}`).join("/")}`;
}

/** The path without the slashes at its end. */
function trimmed(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/** What holds the last step. */
export function dirname(path: string): string {
  const end = trimmed(path).lastIndexOf("/");
  if (end < 0) return path.startsWith("/") ? "/" : ".";
  if (end === 0) return "/";
  // Two slashes at the beginning may mean something else than one (POSIX).
  return end === 1 && isAbsolute(path) ? "//" : path.slice(0, end);
}

/** The last step. */
export function basename(path: string): string {
  const whole = trimmed(path);
  return whole === "/" ? "" : whole.slice(whole.lastIndexOf("/") + 1);
}
