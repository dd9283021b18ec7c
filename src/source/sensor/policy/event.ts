/** @module Events of policies: of kprobes, tracepoints, uprobes, USDT probes, hooks of the security modules, and mapped files. */

import type { JsonObject } from "../../../lib/json/object.ts";
import type { AttachPoint, DecodedCall, PolicyEntry } from "../../../policy/compile/index.ts";
import type { Hook, Policy } from "../../../policy/policy.ts";
import { type UprobeTarget, type UsdtTarget, uprobeMembers } from "../../../policy/user-target.ts";
import type { EventKind } from "../event/event.ts";

/** The event's own members. */
function kindOf(type: EventKind["type"]): EventKind<JsonObject> {
  return {
    type,
    isStart: false,
    isEnd: false,
    write(text, members) {
      text.out.text(`,${JSON.stringify(members).slice(1, -1)}`);
    },
    add(_, payload, members) {
      Object.assign(payload, members);
    },
  };
}

const KPROBE = kindOf("process_kprobe");
const TRACEPOINT = kindOf("process_tracepoint");
const UPROBE = kindOf("process_uprobe");
const USDT = kindOf("process_usdt");
const LSM = kindOf("process_lsm");
const LOADER = kindOf("process_loader");

/** `StackTraceEntry` of the API; empty where nobody asks for them. */
export interface CallStacks {
  readonly kernel: readonly JsonObject[];
  readonly user: readonly JsonObject[];
}

/** What events of an entry are. */
export interface PolicyEvents {
  readonly kind: EventKind<JsonObject>;
  /** The members of an event, in Tetragon's order. */
  members(call: DecodedCall, stacks: CallStacks): JsonObject;
}

/** Events of an entry at a place of a program that serves several. */
export function policyEvents({ policy, hooks }: PolicyEntry, point: AttachPoint, place = 0): PolicyEvents {
  const hook = hooks[place]!;
  const { message, tags } = hook;
  const described = {
    ...(message === "" ? {} : { message }),
    ...(tags.length === 0 ? {} : { tags }),
  };
  if (point.convention === "raw tracepoint" || point.convention === "tracepoint") {
    const { subsystem: subsys, name: event } = point;
    return {
      kind: TRACEPOINT,
      members: ({ args, action, results }) => ({
        subsys,
        event,
        ...(args.length === 0 ? {} : { args }),
        policy_name: policy.name,
        action,
        ...resultOf(results),
        ...described,
      }),
    };
  }
  if (hook.target.kind === "uprobe") return uprobeEvents(policy, hook.target, point, described);
  if (hook.target.kind === "usdt") return usdtEvents(policy, hook.target, described);
  // What is known of a mapped file is the first argument.
  if (hook.section === "loader") return { kind: LOADER, members: ({ args }) => args[0]! };
  if (point.program === "lsm") {
    return {
      kind: LSM,
      members: ({ args, action, results, imaHash }) => ({
        function_name: point.name,
        policy_name: policy.name,
        ...(message === "" ? {} : { message }),
        ...(args.length === 0 ? {} : { args }),
        action,
        ...resultOf(results),
        ...(tags.length === 0 ? {} : { tags }),
        ...(imaHash === undefined ? {} : { ima_hash: imaHash }),
      }),
    };
  }
  return {
    kind: KPROBE,
    members: ({ args, data, returned, action, returnAction, results }, { kernel, user }) => ({
      function_name: point.name,
      ...(args.length === 0 ? {} : { args }),
      ...(returned === undefined ? {} : { return: returned }),
      action,
      ...resultOf(results),
      ...(kernel.length === 0 ? {} : { kernel_stack_trace: kernel }),
      policy_name: policy.name,
      return_action: returnAction,
      ...described,
      ...(user.length === 0 ? {} : { user_stack_trace: user }),
      ...(data.length === 0 ? {} : { data }),
    }),
  };
}

type Described = Partial<Pick<Hook, "message" | "tags">>;

/** What is returned is the last of the arguments. */
function uprobeEvents(
  { name }: Policy,
  target: UprobeTarget,
  { user }: AttachPoint,
  { message, tags }: Described,
): PolicyEvents {
  const { names, numbers } = uprobeMembers(target, user!.offset);
  const head = { ...names, policy_name: name, ...(message === undefined ? {} : { message }) };
  const middle = { ...(tags === undefined ? {} : { tags }), ...numbers };
  return {
    kind: UPROBE,
    members({ args, data, returned, action, results }) {
      const all = returned === undefined ? args : [...args, returned];
      return {
        ...head,
        ...(all.length === 0 ? {} : { args: all }),
        ...middle,
        action,
        ...resultOf(results),
        ...(data.length === 0 ? {} : { data }),
      };
    },
  };
}

function usdtEvents(
  { name: policy }: Policy,
  target: UsdtTarget,
  { message, tags }: Described,
): PolicyEvents {
  const { file, provider, name } = target;
  const head = {
    path: file.path,
    provider,
    name,
    policy_name: policy,
    ...(message === undefined ? {} : { message }),
  };
  return {
    kind: USDT,
    members: ({ args, action, results }) => ({
      ...head,
      ...(args.length === 0 ? {} : { args }),
      ...(tags === undefined ? {} : { tags }),
      action,
      ...resultOf(results),
    }),
  };
}

/** Tetragon says what was asked for; what was done is a member of our own. */
function resultOf(results: DecodedCall["results"]): JsonObject {
  return results.length === 0 ? {} : { action_result: results };
}
