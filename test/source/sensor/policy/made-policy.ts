/** @module Policies as tests write them: what a document would say, without one. */
import type { Argument, Hook, HookTarget, Operand, Policy, Selector } from "../../../../src/policy/policy.ts";

const AT = { line: 1, column: 1 };

/** An argument of a function. */
export function argument(index: number, type: Argument["type"], more: Partial<Argument> = {}): Argument {
  return {
    at: AT,
    path: `spec.kprobes[0].args[${index}]`,
    source: { kind: "argument", index },
    type,
    label: "",
    resolve: undefined,
    sizeIndex: undefined,
    isReadAtReturn: false,
    isLong: false,
    ...more,
  };
}

/** What a function returns. */
export function returned(type: Argument["type"]): Argument {
  return argument(0, type, { source: { kind: "return" } });
}

/** A selector: operands by position of the argument. */
export function selector(
  conditions: Readonly<Record<number, Operand | readonly Operand[]>>,
  more: Partial<Selector> = {},
): Selector {
  return {
    at: AT,
    label: "",
    workload: undefined,
    conditions: Object.entries(conditions).flatMap(([position, operands]) =>
      [operands].flat().map((operand) => ({
        kind: "argument" as const,
        at: AT,
        positions: [Number(position)],
        operand: operand as Operand,
      })),
    ),
    returnConditions: [],
    actions: [],
    returnActions: [],
    ...more,
  };
}

/** A hook. */
export function hook(target: HookTarget, args: readonly Argument[], more: Partial<Hook> = {}): Hook {
  return {
    section: target.kind === "tracepoint" ? "tracepoints" : "kprobes",
    index: 0,
    at: AT,
    target,
    args,
    data: [],
    returnValue: undefined,
    message: "",
    tags: [],
    selectors: [],
    returnSock: undefined,
    ignoresMissingCall: false,
    ...more,
  };
}

/** A policy. */
export function policy(name: string, ...hooks: readonly Hook[]): Policy {
  return {
    name,
    namespace: undefined,
    mode: "enforce",
    workload: undefined,
    node: undefined,
    hooks,
    options: { isKprobeMultiDisabled: false },
  };
}

/** `Equal` on numbers. */
export function equal(...integers: readonly (number | bigint)[]): Operand {
  return { operator: "Equal", isNegated: false, integers: integers.map(BigInt) };
}
