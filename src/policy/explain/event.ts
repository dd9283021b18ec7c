/** @module What an event of a hook would look like. */
import { ARGUMENT_TYPES } from "../argument-type.ts";
import type { Action, Argument, Hook, HookTarget, Policy } from "../policy.ts";
import { uprobeMembers } from "../user-target.ts";

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

const TYPES: Readonly<Record<HookTarget["kind"], string>> = {
  function: "process_kprobe",
  syscall: "process_kprobe",
  tracepoint: "process_tracepoint",
  uprobe: "process_uprobe",
  usdt: "process_usdt",
  lsm: "process_lsm",
};

function whereOf(target: HookTarget): object {
  switch (target.kind) {
    case "tracepoint":
      return { subsys: target.subsystem, event: target.event };
    case "uprobe":
      return Object.assign({}, ...Object.values(uprobeMembers(target)));
    case "usdt":
      return { path: target.file.path, provider: target.provider, name: target.name };
    case "syscall":
      return { function_name: `__x64_sys_${target.name}` };
    case "function":
    case "lsm":
      return { function_name: target.name };
  }
}

/** The event, as JSON of one line; `process` and `parent` are those of all events. */
export function sampleEvent({ name }: Policy, hook: Hook, action: Action | undefined): string {
  const { target } = hook;
  const values = (list: readonly Argument[]) => list.flatMap((argument) => sampleOf(argument) ?? []);
  const returned = hook.returnValue === undefined ? [] : values([hook.returnValue]);
  const isUprobe = target.kind === "uprobe";
  const args = [...values(hook.args), ...(isUprobe ? returned : [])];
  const where = whereOf(target);
  const body = {
    process: { binary: ANY },
    ...where,
    ...(args.length === 0 ? {} : { args }),
    ...(hook.data.length === 0 ? {} : { data: values(hook.data) }),
    ...(isUprobe || returned.length === 0 ? {} : { return: returned[0] }),
    action: `KPROBE_ACTION_${nameOfAction(action)}`,
    policy_name: name,
    ...(hook.message === "" ? {} : { message: hook.message }),
    ...(hook.tags.length === 0 ? {} : { tags: hook.tags }),
  };
  return JSON.stringify({ [TYPES[target.kind]]: body });
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
