/** @module Which commit is built: its hash and its time, the only time that goes into what is published. */

function git(...args: string[]): string {
  const ended = Bun.spawnSync(["git", ...args], { cwd: import.meta.dir, stderr: "ignore" });
  return ended.exitCode === 0 ? ended.stdout.toString().trim() : "";
}

/** The commit's hash; empty outside of a clone. */
export function commitHash(): string {
  return git("rev-parse", "HEAD");
}

/** Seconds since 1970: `SOURCE_DATE_EPOCH` (reproducible-builds.org), else the commit's time, else 0. */
export function commitTime(): number {
  return Number(process.env.SOURCE_DATE_EPOCH ?? (git("show", "-s", "--format=%ct", "HEAD") || "0"));
}
