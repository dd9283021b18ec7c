/** @module The policies of a server as the table that `tetra tracingpolicy list` prints. */
import {
  TracingPolicyMode,
  TracingPolicyState,
  type TracingPolicyStatus,
} from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { printable } from "../../lib/text/printable.ts";

const HEADER = [
  ...["ID", "NAME", "DOMAIN", "STATE", "FILTERID", "NAMESPACE", "SENSORS"],
  ...["KERNELMEMORY", "MODE", "NPOST", "NENFORCE", "NMONITOR"],
];
const GAP = 3;

const STATES_HEADER = ["POLICY", "DOMAIN", "STATE", "KERNELMEMORY", "MODE", "NPOST", "ERROR"];

/** The table, a line each, the last with a newline; behind it what is wrong with policies, where something is. */
export function policyTable(policies: readonly TracingPolicyStatus[]): string {
  const errors = policies
    .filter(({ error }) => error !== "")
    .map((policy) => `${printable(`${fullName(policy)}: ${policy.error}`)}\n`);
  return tableText([HEADER, ...policies.map(cells)]) + (errors.length === 0 ? "" : `\n${errors.join("")}`);
}

const UNMATCHED_HEADER = ["POLICY", "HOOK", "SELECTOR", "FILTER", "OPERATOR", "NEVERMATCHED"];

/** The values of filters that have never matched, a line each; of a filter whose values all have, there is none. */
export function unmatchedTable(policies: readonly TracingPolicyStatus[]): string {
  const rows = policies.flatMap((policy) =>
    (policy.stats?.markedValues ?? []).flatMap((marked) => {
      const { hook, selectorIndex = 0, filter, operator, unmatched, unmatchedCount } = marked;
      const more = unmatchedCount - unmatched.length;
      const values = more > 0 ? [...unmatched, `${more} more`] : unmatched;
      return values.map((value) => [fullName(policy), hook, String(selectorIndex), filter, operator, value]);
    }),
  );
  return tableText([UNMATCHED_HEADER, ...rows.map((row) => row.map((cell) => printable(cell)))]);
}

/** Whether policies say of some filter which of its values have matched. */
export function areMarked(policies: readonly TracingPolicyStatus[]): boolean {
  return policies.some(({ stats }) => (stats?.markedValues.length ?? 0) > 0);
}

function fullName({ namespace, name }: TracingPolicyStatus): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** A shorter one that says of each policy what is wrong with it; empty where there are none. */
export function policyStates(policies: readonly TracingPolicyStatus[]): string {
  const rows = policies.map((policy) => [
    fullName(policy),
    policy.domain,
    shortName(TracingPolicyState, policy.state),
    byteCount(Number(policy.kernelMemoryBytes)),
    shortName(TracingPolicyMode, policy.mode),
    String(policy.stats?.actionCounters?.post ?? 0n),
    policy.error,
  ]);
  return rows.length === 0
    ? ""
    : tableText([STATES_HEADER, ...rows.map((row) => row.map((cell) => printable(cell)))]);
}

function tableText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)) + GAP);
  const pad = (cell: string, width: number) => cell + " ".repeat(width - [...cell].length);
  const last = widths.length - 1;
  return rows
    .map((row) => `${row.map((cell, i) => (i === last ? cell : pad(cell, widths[i]!))).join("")}\n`)
    .join("");
}

function cells(policy: TracingPolicyStatus): string[] {
  const { state, filterId } = withInfo(policy);
  const counters = policy.stats?.actionCounters;
  const sum = (...counts: (bigint | undefined)[]) => counts.reduce<bigint>((a, b) => a + (b ?? 0n), 0n);
  return [
    policy.id,
    policy.name,
    policy.domain,
    shortName(TracingPolicyState, state),
    filterId,
    policy.namespace || "(global)",
    policy.sensors.join(","),
    byteCount(Number(policy.kernelMemoryBytes)),
    shortName(TracingPolicyMode, policy.mode),
    sum(counters?.post),
    sum(counters?.signal, counters?.override, counters?.notifyEnforcer, counters?.set),
    sum(
      counters?.monitorSignal,
      counters?.monitorOverride,
      counters?.monitorNotifyEnforcer,
      counters?.monitorSet,
    ),
  ].map((cell) => printable(String(cell)));
}

/** `enabled` for `TP_STATE_ENABLED`; a number that is newer than this agent stays one. */
function shortName(values: Readonly<Record<string, number>>, value: number): string {
  const name = Object.keys(values).find((each) => values[each] === value) ?? String(value);
  return name.toLowerCase().replace(/^tp_(?:state|mode)_/, "");
}

/** Up to Tetragon v0.11 a text says it. */
function withInfo({ info, state, filterId }: TracingPolicyStatus) {
  const found = /^\S{1,253} enabled:(?<enabled>true|false) filterID:(?<id>\d+) error:\S/.exec(info)?.groups;
  if (found === undefined) return { state, filterId };
  return {
    state: found.enabled === "true" ? TracingPolicyState.TP_STATE_ENABLED : state,
    filterId: BigInt(found.id!),
  };
}

/** As in `4.46 MB`. */
function byteCount(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(6, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(2)} ${"kMGTPE"[power - 1]}B`;
}
