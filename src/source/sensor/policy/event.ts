/** @module Events of policies: `process_kprobe` and `process_tracepoint`. */

import type { JsonObject } from "../../../lib/json/object.ts";
import type { AttachPoint, DecodedCall, PolicyEntry } from "../../../policy/compile/index.ts";
import type { EventKind } from "../event/event.ts";

/** The event's own members. */
function kindOf(type: "process_kprobe" | "process_tracepoint"): EventKind<JsonObject> {
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

/** Events of an entry at a place. */
export function policyEvents({ policy, hook }: PolicyEntry, point: AttachPoint): PolicyEvents {
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

/** Tetragon says what was asked for; what was done is a member of our own. */
function resultOf(results: DecodedCall["results"]): JsonObject {
  return results.length === 0 ? {} : { action_result: results };
}
