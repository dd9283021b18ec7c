import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { containerCgroups } from "../../../../src/source/sensor/scope/cgroup-hierarchy.ts";

const mount = (root: string) => `40 39 0:32 ${root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`;

/** A procfs of files, in which this process is a container's. */
function procfsOf(files: Readonly<Record<string, string>>): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tetrad-procfs-"));
  const own = {
    "self/cgroup": "5:memory:/pod/x\n",
    "self/mountinfo": mount("/pod/x"),
    "self/stat": "4711 (te) trad) S 42 1 1 0",
  };
  for (const [name, text] of Object.entries({ ...own, ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const seenBy = (pid: number) => ({
  [`${pid}/mountinfo`]: mount("/"),
  [`${pid}/root/sys/fs/cgroup/memory/cgroup.procs`]: "",
});

test("an agent in a container sees the cgroups of all by way of the host's first process", () => {
  using procfs = procfsOf({ ...seenBy(1), ...seenBy(42) });
  expect(containerCgroups(procfs.path)).toEqual({
    hierarchy: 5,
    subsystem: "memory_cgrp_id",
    directory: `${procfs.path}/1/root/sys/fs/cgroup/memory`,
  });
});

test("where it may not look there, by way of what has started its container", () => {
  using procfs = procfsOf({ "1/mountinfo": mount("/"), ...seenBy(42) });
  expect(containerCgroups(procfs.path)?.directory).toBe(`${procfs.path}/42/root/sys/fs/cgroup/memory`);
});

test("else only what its own container has", () => {
  using procfs = procfsOf({});
  expect(containerCgroups(procfs.path)?.directory).toBe("/sys/fs/cgroup/memory");
});
