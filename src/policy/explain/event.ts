/** @module What an event of a hook would look like. */
import { ARGUMENT_TYPES } from "../argument-type.ts";
import type { Action, Argument, Hook, Policy } from "../policy.ts";

/** Stands for what only a call decides. */
const ANY = "...";

const ACTION_NAMES: Readonly<Record<string, string>> = {
  Post: "POST",
  NoPost: "NOPOST",
  Override: "OVERRIDE",
  TrackSock: "TRACKSOCK",
  UntrackSock: "UNTRACKSOCK",
  NotifyEnforcer: "NOTIFYENFORCER",
};

/** Values by the field that holds them. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  int_arg: 0,
  uint_arg: 0,
  long_arg: "0",
  size_arg: "0",
  string_arg: ANY,
  bytes_arg: "<base64>",
  file_arg: { path: "/...", permission: "-rw-r--r--" },
  path_arg: { path: "/...", permission: "-rw-r--r--" },
  linux_binprm_arg: { path: "/...", permission: "-rwxr-xr-x" },
  sock_arg: { family: "AF_INET", protocol: "IPPROTO_TCP", saddr: ANY, daddr: ANY, sport: 0, dport: 0 },
  skb_arg: { family: "AF_INET", protocol: "IPPROTO_UDP", saddr: ANY, daddr: ANY, sport: 0, dport: 0 },
  sockaddr_arg: { family: "AF_INET", addr: ANY, port: 0 },
  sockaddrun_arg: { family: "AF_UNIX", path: "/..." },
  syscall_id: { id: 0, abi: "x64" },
};

/** The event, as JSON of one line; `process` and `parent` are those of all events. */
export function sampleEvent({ name }: Policy, hook: Hook, action: Action | undefined): string {
  const { target } = hook;
  const isTracepoint = target.kind === "tracepoint";
  const values = (list: readonly Argument[]) => list.flatMap((argument) => sampleOf(argument) ?? []);
  const args = values(hook.args);
  const where =
    target.kind === "tracepoint"
      ? { subsys: target.subsystem, event: target.event }
      : { function_name: target.kind === "syscall" ? `__x64_sys_${target.name}` : target.name };
  const body = {
    process: { binary: ANY },
    ...where,
    ...(args.length === 0 ? {} : { args }),
    ...(hook.data.length === 0 ? {} : { data: values(hook.data) }),
    ...(hook.returnValue === undefined ? {} : { return: sampleOf(hook.returnValue) }),
    action: `KPROBE_ACTION_${nameOfAction(action)}`,
    policy_name: name,
    ...(hook.message === "" ? {} : { message: hook.message }),
    ...(hook.tags.length === 0 ? {} : { tags: hook.tags }),
  };
  return JSON.stringify({ [isTracepoint ? "process_tracepoint" : "process_kprobe"]: body });
}

function nameOfAction(action: Action | undefined): string {
  if (action === undefined) return "POST";
  if (action.action === "Signal") return action.isSigkill ? "SIGKILL" : "SIGNAL";
  return ACTION_NAMES[action.action] ?? action.action.toUpperCase();
}

function sampleOf({ type, label }: Argument): object | undefined {
  const { field } = ARGUMENT_TYPES[type];
  if (field === undefined) return undefined;
  return { [field]: SAMPLES[field] ?? {}, ...(label === "" ? {} : { label }) };
}
