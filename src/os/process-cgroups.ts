/** @module What `/proc/PID/cgroup` says of a process or thread (cgroups(7)). */

/** A cgroup that a process is in. */
export interface ProcessCgroup {
  /** The v1 controllers of its hierarchy; none in v2, and none in a v1 hierarchy that is named only. */
  readonly controllers: readonly string[];
  /** Whether it belongs to the v2 hierarchy. */
  readonly isV2: boolean;
  /** Its path in the hierarchy, from the root that the reader sees. */
  readonly path: string;
}

/** The cgroups in the text of a `cgroup` file: `4:memory:/path` in v1, `0::/path` in v2. */
export function parseCgroups(text: string): ProcessCgroup[] {
  const cgroups: ProcessCgroup[] = [];
  for (const line of text.split("\n")) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, hierarchy, names = "", path = ""] = match;
    const controllers = names.split(",").filter((name) => name !== "" && !name.startsWith("name="));
    cgroups.push({ controllers, isV2: hierarchy === "0", path });
  }
  return cgroups;
}
