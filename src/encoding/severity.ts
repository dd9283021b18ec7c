/** @module How severe an event is to syslog (RFC 5424, table 2), which is also GELF's `level`. */

/** What policies were written to notice, and the agent's own life. */
const NOTICE = 5;
const WARNING = 4;
const INFORMATIONAL = 6;

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["process_kprobe", NOTICE],
  ["process_tracepoint", NOTICE],
  ["process_uprobe", NOTICE],
  ["process_usdt", NOTICE],
  ["process_lsm", NOTICE],
  ["agent_init", NOTICE],
  ["agent_stop", NOTICE],
  ["process_throttle", WARNING],
  ["rate_limit_info", WARNING],
]);

/** @param type Of the event, or of metadata. */
export function severityOf(type: string): number {
  return SEVERITIES.get(type) ?? INFORMATIONAL;
}
