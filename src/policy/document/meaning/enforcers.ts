/** @module `enforcers`: the functions at which `NotifyEnforcer` takes effect. */
import type { Enforcer, FunctionTarget, Hook, HookTarget, SystemCallTarget } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { Read } from "../schema/kind.ts";
import type { SPEC } from "../schema/tracing-policy.ts";
import { suggestion } from "../spelling.ts";
import { parseSystemCall } from "./call.ts";
import type { Context } from "./context.ts";

type ReadSpec = Read<typeof SPEC>;

/** Reads all of them; what is wrong with them is said. */
export function readEnforcers({ enforcers = [] }: ReadSpec, context: Context): Enforcer[] {
  return enforcers.flatMap((enforcer) => {
    const calls = enforcer.calls ?? [];
    if (calls.length === 0 && !context.places.isBroken(enforcer)) {
      context.error(enforcer, "calls", {
        found: "an enforcer without calls",
        expected: "system calls, or security_ functions",
      });
    }
    return calls.flatMap((call, index) => {
      const at = { at: context.at(calls, index), path: context.places.path(calls, index) };
      return targetsOf(calls, index, call, context).flatMap((target): Enforcer[] => {
        if (!canEnforce(target)) {
          context.error(calls, index, {
            found: quote("name" in target ? target.name : call),
            expected: "a system call, such as sys_dup, or a function that begins with security_",
          });
          return [];
        }
        return [{ ...at, target }];
      });
    });
  });
}

/** Says what notes lead nowhere, and which enforcers hear of none. */
export function checkNotified(spec: ReadSpec, hooks: readonly Hook[], context: Context): void {
  if ((spec.enforcers?.length ?? 0) === 0 || context.errors > 0) return;
  const isNotified = hooks.some(({ selectors }) =>
    selectors.some(({ actions, returnActions }) =>
      [...actions, ...returnActions].some(({ action }) => action === "NotifyEnforcer"),
    ),
  );
  if (isNotified) return;
  context.warn(spec, "enforcers", {
    found: "enforcers without the action NotifyEnforcer",
    cure: "nothing tells them to act",
  });
}

function canEnforce(target: HookTarget): target is FunctionTarget | SystemCallTarget {
  return target.kind === "syscall" || (target.kind === "function" && target.name.startsWith("security_"));
}

function targetsOf(
  calls: readonly string[],
  index: number,
  call: string,
  context: Context,
): readonly HookTarget[] {
  if (call.startsWith("list:")) {
    const name = call.slice("list:".length);
    const list = context.lists.get(name);
    if (list === undefined) {
      context.error(calls, index, {
        found: `the list ${quote(name)}`,
        expected: "one of spec.lists",
        cure: suggestion(name, [...context.lists.keys()]),
      });
    }
    if (list?.isOpen) context.leaveOpen();
    return list?.targets ?? [];
  }
  const written = parseSystemCall(call, context.machine);
  return [written?.target ?? { kind: "function", name: call }];
}
