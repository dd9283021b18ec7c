/** @module What `/proc/PID/status` says of a process or thread (proc_pid_status(5)). */

/** Fields by name, without the white space around their values. Of some fifty a reader wants a few: each is looked for when asked. */
export interface ProcessStatus {
  get(field: string): string | undefined;
}

/** The fields in the text of a `status` file. */
export function parseStatus(text: string): ProcessStatus {
  const lines = `\n${text}`;
  return {
    get(field) {
      const name = `\n${field}:`;
      const at = lines.indexOf(name);
      if (at < 0) return undefined;
      const end = lines.indexOf("\n", at + name.length);
      return lines.slice(at + name.length, end < 0 ? undefined : end).trim();
    },
  };
}

/** The decimal numbers of a field such as `Uid` or `NStgid`; none when there is no such field. */
export function statusNumbers(status: ProcessStatus, field: string): number[] {
  return (status.get(field)?.match(/\d+/g) ?? []).map(Number);
}

/** The set of capabilities in a field such as `CapEff`: bit n is capability n; empty when there is no such field. */
export function statusCapabilities(status: ProcessStatus, field: string): bigint {
  return BigInt(`0x${status.get(field) || "0"}`);
}
