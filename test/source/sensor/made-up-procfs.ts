/** @module A procfs that a test makes up, to show what a process shows for a moment only. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A thread: its state and flags, and its program, if it has one. */
export interface MadeUpThread {
  readonly state?: string;
  readonly flags?: number;
  readonly executable?: string;
}

/** Fields 10 to 19, 21, and 23 to 32 of a `stat` file, which no test is about. */
const ZEROES = Array(10).fill(0);

function writeThread(directory: string, thread: MadeUpThread, threads: number, startTicks: number): void {
  const { state = "S", flags = 0, executable } = thread;
  mkdirSync(directory, { recursive: true });
  const fields = [state, 1, 1, 1, 0, -1, flags, ...ZEROES, threads, 0, startTicks, ...ZEROES];
  writeFileSync(join(directory, "stat"), `1 (a ) name) ${fields.join(" ")}\n`);
  writeFileSync(
    join(directory, "status"),
    "Uid:\t7\t7\t7\t7\nGid:\t7\t7\t7\t7\nNStgid:\t1\nCapPrm:\t0\nCapEff:\t0\nCapInh:\t0\n",
  );
  writeFileSync(join(directory, "cgroup"), "0::/\n");
  writeFileSync(join(directory, "loginuid"), "4294967295");
  writeFileSync(join(directory, "cmdline"), executable === undefined ? "" : `${executable}\0argument\0`);
  symlinkSync("/", join(directory, "cwd"));
  if (executable !== undefined) symlinkSync(executable, join(directory, "exe"));
}

/**
 * A procfs of processes that are alike.
 * @param startTicks When they began, hundredths of a second since boot.
 * @param threads Of each; the first one comes first.
 * @returns Its directory, which the caller removes.
 */
export function createProcfs(
  pids: readonly number[],
  startTicks: number,
  threads: readonly MadeUpThread[],
): string {
  const root = mkdtempSync(join(tmpdir(), "tetrad-procfs-"));
  const [first = 1, ...others] = pids;
  const directory = join(root, String(first));
  writeThread(directory, threads[0]!, threads.length, startTicks);
  for (const [i, thread] of threads.entries())
    writeThread(join(directory, "task", String(first + i)), thread, threads.length, startTicks);
  for (const pid of others) symlinkSync(String(first), join(root, String(pid)));
  return root;
}
