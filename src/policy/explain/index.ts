/**
 * @module A policy in plain words: what it hooks, what it asks and where, what it does, and what that does not stop.
 *
 * ```ts
 * explainPolicy(policy, { kernel, host: HOST });
 * ```
 */
import { systemCallPrototype } from "../../kernel/system-call/index.ts";
import { printable } from "../../lib/text/printable.ts";
import { prototypeText } from "../check/hook.ts";
import type { Kernel } from "../check/index.ts";
import { lsmFunction } from "../lsm-function.ts";
import type { Argument, Condition, Hook, Policy, Selector, TracepointTarget } from "../policy.ts";
import { placeText } from "../user-target.ts";
import { actionText, evasionsOf, limitsOf } from "./action.ts";
import { explainBinaries, type Host } from "./binary.ts";
import { conditionText, nameOf } from "./condition.ts";
import { sampleEvent } from "./event.ts";
import { explainWorkload } from "./workload.ts";

export { HOST, type Host } from "./binary.ts";

/** Fields that the format of every tracepoint begins with. */
const COMMON_FIELDS = 4;

/** What the words are about beside the policy. */
export interface Surroundings {
  /** `undefined` where its types cannot be read. */
  readonly kernel: Kernel | undefined;
  readonly host: Host;
  /** Whether the kernel is built to override system calls. @default nobody knows */
  readonly canOverride?: boolean | undefined;
}

/** The policy in words; lines end with a line break and may be long. */
export function explainPolicy(policy: Policy, surroundings: Surroundings): string {
  const { name, namespace, mode, hooks } = policy;
  const lines = [
    `Policy ${name}${namespace === undefined ? "" : ` of the namespace ${namespace}`}`,
    mode === "monitor"
      ? "  Mode monitor: it posts events, and does not stop anything."
      : "  Mode enforce: what its actions say is done.",
    ...explainWorkload(policy).map((line) => `  ${line}`),
  ];
  if (hooks.length === 0) lines.push("  It hooks nothing.");
  for (const hook of hooks)
    lines.push("", ...explainHook(policy, hook, surroundings).map((line) => `  ${line}`));
  if (policy.enforcers !== undefined) {
    const names = policy.enforcers.map(({ target: { kind, name } }) =>
      kind === "syscall" ? `sys_${name}` : name,
    );
    lines.push("", `  Enforcers, where what NotifyEnforcer says is done: ${names.join(", ")}`);
  }
  // Who looks into a policy before it is loaded may have it from a stranger.
  return `${lines.map(printable).join("\n")}\n`;
}

function explainHook(policy: Policy, hook: Hook, surroundings: Surroundings): string[] {
  const lines = [`${targetText(hook)}  (spec.${hook.section}[${hook.index}], line ${hook.at.line})`];
  const prototype = prototypeOf(hook, surroundings.kernel);
  if (prototype !== undefined) lines.push(`  ${prototype}`);
  lines.push(...readText(hook).map((line) => `  ${line}`));
  if (hook.selectors.length === 0) lines.push("  Every call: an event is posted.");
  for (const [index, selector] of hook.selectors.entries()) {
    lines.push(...explainSelector(selector, index, hook, surroundings).map((line) => `  ${line}`));
  }
  if (hook.selectors.length > 1)
    lines.push("  The first of these that holds acts; the others are not asked then.");
  const posted = hook.selectors.find(({ actions }) => !actions.some(({ action }) => action === "NoPost"));
  if (hook.selectors.length === 0 || posted !== undefined) {
    lines.push(`  Event: ${sampleEvent(policy, hook, posted?.actions.at(-1))}`);
  }
  return lines;
}

function targetText({ target }: Hook): string {
  switch (target.kind) {
    case "function":
      return `The function ${target.name}`;
    case "lsm":
      return `The hook ${target.name} of the Linux security modules`;
    case "syscall": {
      const who = target.abis.map((abi) => (abi === "native" ? "64-bit" : "32-bit")).join(" and ");
      return `The system call ${target.name}, of ${who} programs`;
    }
    case "tracepoint":
      return `The ${target.isRaw ? "raw " : ""}tracepoint ${target.subsystem}/${target.event}`;
    case "uprobe":
      return `The function ${placeText(target.file.places[target.place]!)} of ${target.file.path}`;
    case "usdt":
      return `The static tracepoint ${target.provider}:${target.name} of ${target.file.path}`;
  }
}

function prototypeOf({ target }: Hook, kernel: Kernel | undefined): string | undefined {
  if (target.kind === "syscall") return systemCallPrototype(target.name)?.text;
  if (target.kind === "tracepoint") return fieldsOf(target, kernel);
  if (target.kind !== "function" && target.kind !== "lsm") return undefined;
  const type = kernel?.function(target.kind === "lsm" ? lsmFunction(target.name) : target.name)?.type;
  return type === undefined ? undefined : prototypeText(type);
}

/** Fields that a policy may name, with their numbers; those that all tracepoints have are left out. */
function fieldsOf(target: TracepointTarget, kernel: Kernel | undefined): string | undefined {
  const format = target.isRaw ? undefined : kernel?.format(target);
  if (format === undefined || typeof format === "string") return undefined;
  const names = format.fields.map(({ type, name }, index) => `${index} ${type} ${name}`);
  return `Fields: ${names.slice(COMMON_FIELDS).join(", ")}`;
}

function readText({ args, data, returnValue }: Hook): string[] {
  const described = (kind: "argument" | "data") => (argument: Argument, position: number) =>
    `${nameOf(argument, position, kind)}${argument.resolve === undefined ? "" : ` by ${argument.resolve.steps.join(".")}`}`;
  const names = [...args.map(described("argument")), ...data.map(described("data"))];
  if (returnValue !== undefined) names.push(`what it returns (${returnValue.type})`);
  return names.length === 0 ? [] : [`Read: ${names.join(", ")}`];
}

function explainSelector(
  selector: Selector,
  index: number,
  hook: Hook,
  { host, canOverride }: Surroundings,
): string[] {
  const { label, conditions, returnConditions, actions, returnActions } = selector;
  const name = `Selector ${index + 1}${label === "" ? "" : ` ${JSON.stringify(label)}`}`;
  const all: readonly Condition[] = [...conditions, ...returnConditions];
  const lines = [all.length === 0 ? `${name}, every call:` : `${name}, when all of this holds:`];
  for (const condition of all) {
    const { text, where } = conditionText(condition, hook);
    lines.push(`  - ${text}   [${where}]`);
    if (condition.kind === "binary") {
      lines.push(...explainBinaries(condition, host).map((line) => `      ${line}`));
    }
  }
  const words =
    actions.length === 0
      ? ["an event is posted"]
      : actions.map((action) => actionText(action, hook, canOverride));
  lines.push(`  Then ${words.join("; ")}.`);
  if (returnActions.length > 0) {
    const later = returnActions.map((action) => actionText(action, hook, canOverride)).join("; ");
    lines.push(`  When it returns ${later}.`);
  }
  const notes = [...evasionsOf(selector, hook), ...limitsOf(selector, hook)];
  lines.push(...notes.map((line) => `  Note: ${line}`));
  return lines;
}
