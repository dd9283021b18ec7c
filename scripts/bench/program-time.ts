/** @module What the kernel counts of BPF programs: the time they ran. */
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { SYS_BPF } from "../../src/os/bpf/index.ts";
import { systemCall } from "../../src/os/system-call.ts";

/** `enum bpf_cmd` of `<linux/bpf.h>`; its attribute is `enum bpf_stats_type`, of which the first is run time. */
const BPF_ENABLE_STATS = 32;

/** Has the kernel count as long as this is not disposed of. @throws SystemCallError without the right to. */
export class ProgramStatistics implements Disposable {
  readonly #fd: number;

  constructor() {
    this.#fd = systemCall("bpf(ENABLE_STATS)", SYS_BPF, BPF_ENABLE_STATS, new Uint8Array(4), 4);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** Nanoseconds that the programs which a process holds have run, as far as it was counted. */
export function programNanoseconds(pid: number): number {
  const directory = `/proc/${pid}/fdinfo/`;
  const programs = new Map<string, number>();
  for (const name of readdirSync(directory)) {
    const info = readInfo(directory + name);
    const id = /^prog_id:\s*(\d+)/m.exec(info)?.[1];
    const time = /^run_time_ns:\s*(\d+)/m.exec(info)?.[1];
    if (id !== undefined && time !== undefined) programs.set(id, Number(time));
  }
  return [...programs.values()].reduce((sum, time) => sum + time, 0);
}

/** Empty of a descriptor that is closed by now, as that of the directory. */
function readInfo(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
