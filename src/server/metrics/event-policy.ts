/** @module Which policy made an event, and at which hook, as Tetragon's `PolicyInfo` has it (pkg/grpc/tracing). */
import { WantedFields } from "../../event/fetch/wanted.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import type { ProcessLabel } from "./options.ts";

/** A tracing policy's name, and what it hooked. */
export interface EventPolicy {
  readonly name: string;
  readonly hook: string;
}

/** The types of events that policies make: how a hook begins, and the fields that it is made of. */
const HOOKS: ReadonlyMap<string, { readonly kind: string; readonly fields: readonly string[] }> = new Map([
  ["process_kprobe", { kind: "kprobe", fields: ["function_name"] }],
  ["process_tracepoint", { kind: "tracepoint", fields: ["subsys", "event"] }],
  ["process_uprobe", { kind: "uprobe", fields: ["path", "symbol"] }],
  ["process_usdt", { kind: "usdt", fields: ["provider", "name"] }],
  ["process_lsm", { kind: "lsm", fields: ["function_name"] }],
]);

const PATHS: Readonly<Record<ProcessLabel, string>> = {
  namespace: "process.pod.namespace",
  workload: "process.pod.workload",
  pod: "process.pod.name",
  binary: "process.binary",
};

/** The fields that events are counted by. */
export function wantedFields(labels: ReadonlySet<ProcessLabel>): WantedFields {
  const wanted = new WantedFields();
  for (const label of labels) wanted.add(PATHS[label]);
  // Else nobody could tell whether there is a process.
  if (labels.size === 0) wanted.add("process.pid");
  for (const [type, { fields }] of HOOKS)
    for (const field of ["policy_name", ...fields]) wanted.addOfType(type, [field]);
  return wanted;
}

/** `undefined` for an event that no policy made. @param body What happened, of an event of `type`. */
export function policyOf(type: string, body: JsonObject): EventPolicy | undefined {
  const { policy_name: name } = body;
  if (typeof name !== "string" || name === "") return undefined;
  const hook = HOOKS.get(type);
  if (hook === undefined) return undefined;
  const place = hook.fields.map((field) => (typeof body[field] === "string" ? body[field] : "")).join("/");
  return { name, hook: `${hook.kind}:${place}` };
}
