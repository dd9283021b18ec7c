/** @module What `/proc/PID/status` says of a process or thread (proc_pid_status(5)). */

/** Fields by name, without the white space around their values. */
export type ProcessStatus = ReadonlyMap<string, string>;

/** The fields in the text of a `status` file. */
export function parseStatus(text: string): ProcessStatus {
  const status = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) status.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return status;
}

/** The decimal numbers of a field such as `Uid` or `NStgid`; none when there is no such field. */
export function statusNumbers(status: ProcessStatus, field: string): number[] {
  return (status.get(field)?.match(/\d+/g) ?? []).map(Number);
}

/** The set of capabilities in a field such as `CapEff`: bit n is capability n; empty when there is no such field. */
export function statusCapabilities(status: ProcessStatus, field: string): bigint {
  return BigInt(`0x${status.get(field) || "0"}`);
}
