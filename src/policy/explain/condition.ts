/** @module What a filter asks, in words, and where it is decided. */
import { CAPABILITY_NAMES } from "../../os/capability.ts";
import type { Argument, Condition, Hook, ValueCondition } from "../policy.ts";
import { listed, wordsOf } from "./operand.ts";

/** A filter in words. */
export interface ConditionText {
  readonly text: string;
  /** Of those that are decided in one place, the cheap ones are asked first. */
  readonly where: string;
}

const BEFORE = "before any argument is read";
const ONCE = "once when the program is started, and kept with the process";
const BY_VALUE = "on the argument as it is passed";
const OF_FILE = "on the path, which is made for it";
const IN_MEMORY = "on what the argument points to";

/** Puts a filter into words. */
export function conditionText(condition: Condition, hook: Hook): ConditionText {
  switch (condition.kind) {
    case "argument":
    case "data":
    case "return":
      return valueText(condition, hook);
    case "binary": {
      const whose = {
        process: "the program",
        parent: "the parent's program",
        ancestor: "some ancestor's program",
      };
      const children = condition.followsChildren ? " (or the process descends from one that is)" : "";
      return { text: `${whose[condition.of]} ${wordsOf(condition.operand)}${children}`, where: ONCE };
    }
    case "pid": {
      const is = condition.isNegated ? "is not" : "is";
      const where = condition.isNamespacePid ? " in its own PID namespace" : "";
      const forks = condition.followsForks ? ", or that of an ancestor" : "";
      return {
        text: `the process ID${where}${forks} ${is} ${listed(condition.pids.map(String))}`,
        where: BEFORE,
      };
    }
    case "namespace": {
      const is = condition.isNegated ? "is not" : "is";
      const values = condition.values.map((value) => (value === "host" ? "the host's" : String(value)));
      return { text: `the ${condition.namespace} namespace ${is} ${listed(values)}`, where: BEFORE };
    }
    case "namespace-change": {
      const which = condition.isNegated ? "a namespace other than" : "one of the namespaces";
      return { text: `${which} ${listed(condition.namespaces)} has changed since its exec`, where: BEFORE };
    }
    case "capability":
    case "capability-change":
      return capabilityText(condition);
    case "command-argument":
      return {
        text: `word ${condition.index} of the command line ${wordsOf(condition.operand)}`,
        where: BEFORE,
      };
  }
}

function capabilityText(
  condition: Extract<Condition, { kind: "capability" | "capability-change" }>,
): ConditionText {
  const names = CAPABILITY_NAMES.filter((_, index) => (condition.capabilities >> BigInt(index)) & 1n);
  const set = `the ${condition.set} capabilities`;
  const only = condition.isNamespaceCapability ? ", outside of the host's user namespace" : "";
  if (condition.kind === "capability-change") {
    return { text: `${set} have changed in ${listed(names)} since its exec${only}`, where: BEFORE };
  }
  const have = condition.isNegated ? "have none of" : "have one of";
  return { text: `${set} ${have} ${listed(names)}${only}`, where: BEFORE };
}

function valueText({ kind, positions, operand }: ValueCondition, hook: Hook): ConditionText {
  const values = { argument: hook.args, data: hook.data, return: [hook.returnValue!] }[kind];
  if (operand.operator === "CelExpr")
    return { text: `the expression ${operand.expression} is true`, where: BY_VALUE };
  const argument = values[positions.at(-1)!]!;
  const name = kind === "return" ? "what it returns" : nameOf(argument, positions.at(-1)!, kind);
  return {
    text: `${name} ${wordsOf(operand)}`,
    where: kind === "return" ? "when the function returns" : whereOf(argument),
  };
}

/** `argument 1 (int "mask")` */
export function nameOf(
  { type, label, source }: Argument,
  position: number,
  kind: "argument" | "data",
): string {
  const number = source.kind === "argument" ? source.index : position;
  return `${kind} ${number} (${type}${label === "" ? "" : ` ${JSON.stringify(label)}`})`;
}

function whereOf({ type, resolve }: Argument): string {
  if (["file", "path", "fd", "dentry", "linux_binprm", "kiocb"].includes(type)) return OF_FILE;
  if (resolve !== undefined) return IN_MEMORY;
  return /^(?:s?int\d*|uint\d+|u?long|size_t|syscall64)$/.test(type) ? BY_VALUE : IN_MEMORY;
}
