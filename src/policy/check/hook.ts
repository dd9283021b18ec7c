/** @module A hook against a kernel: whether its function or tracepoint is there, and its arguments are what it says. */
import { type FunctionType, findFunction, valueType } from "../../kernel/btf/index.ts";
import { systemCallPrototype } from "../../kernel/system-call/index.ts";
import type { TracepointFormat } from "../../kernel/tracepoint/index.ts";
import { editDistance, nearest } from "../../lib/text/distance.ts";
import { quote } from "../document/finding.ts";
import { neverReturns } from "../never-returns.ts";
import type { Argument, FunctionTarget, Hook, SystemCallTarget, TracepointTarget } from "../policy.ts";
import { checkCType, checkType, checkWay } from "./argument.ts";
import { misfitOfField } from "./field-type.ts";
import type { HookFindings } from "./findings.ts";
import type { FoundFunction, Kernel } from "./kernel.ts";
import { checkLoader } from "./loader.ts";
import { checkFentry, checkLsm } from "./trampoline.ts";
import { checkUserHook } from "./user-hook.ts";

/** Checks a hook; what is wrong with it is said. */
export function checkHook(hook: Hook, kernel: Kernel, findings: HookFindings): void {
  if (hook.section === "loader") {
    checkLoader(kernel, findings);
    return;
  }
  switch (hook.target.kind) {
    case "function":
      checkFunction(hook, hook.target, kernel, findings);
      break;
    case "syscall":
      checkSystemCall(hook, hook.target, kernel, findings);
      break;
    case "lsm":
      checkLsm(hook, hook.target, kernel, { findings, checkPrototype });
      break;
    case "tracepoint":
      if (hook.target.isRaw) checkRawTracepoint(hook, hook.target, kernel, findings);
      else checkTracepoint(hook, hook.target, kernel, findings);
      break;
    case "uprobe":
    case "usdt":
      checkUserHook(hook, hook.target, kernel, findings);
  }
  if (hook.section === "fentries") checkFentry(hook, kernel, findings);
  for (const argument of valuesOf(hook)) checkWay(argument, hook.target, kernel, findings);
  if (hook.returnValue !== undefined && neverReturns(hook.target)) {
    findings.hook("warning", {
      found: "return: true",
      cure: "the function ends its thread and never returns: events have no return value",
    });
  }
}

function valuesOf({ args, data, returnValue }: Hook): Argument[] {
  return [...args, ...data, ...(returnValue === undefined ? [] : [returnValue])];
}

function checkFunction(hook: Hook, { name }: FunctionTarget, kernel: Kernel, findings: HookFindings): void {
  const found = kernel.function(name);
  if (found === undefined) {
    refuseFunction(hook, name, kernel, findings);
    return;
  }
  const twins = kernel.twins(name);
  if (twins.length > 0) {
    findings.hook("warning", {
      found: quote(name),
      cure: `the compiler also made ${twins.join(" and ")} of it: calls of these are not seen`,
    });
  }
  if (found.type === undefined) {
    findings.hook("warning", {
      found: quote(name),
      cure: "the kernel has the function, but not its prototype: types of arguments are not checked",
    });
    return;
  }
  checkPrototype(hook, found as FoundFunction & { type: FunctionType }, findings);
}

function refuseFunction(hook: Hook, name: string, kernel: Kernel, findings: HookFindings): void {
  if (hook.ignoresMissingCall) {
    findings.hook("warning", {
      found: quote(name),
      cure: "this kernel does not have the function: it is left out",
    });
    return;
  }
  const [variant] = kernel.variants(name);
  const cure =
    variant === undefined
      ? suggestFunction(name, kernel, findings.isSearchWorthwhile)
      : `the compiler made ${variant} of it, which cannot be hooked by its name`;
  findings.hook("error", {
    found: quote(name),
    expected: "a function of this kernel: it has none of that name, or it was inlined",
    cure,
  });
}

/** Edits that a slip makes. */
const MAX_EDITS = 2;

/** What other releases of the kernel call it, and slips. */
function suggestFunction(name: string, kernel: Kernel, isSearched: boolean): string {
  const stem = name.replace(/^_+/, "");
  const guesses = [
    `security_${name}`,
    `__${name}`,
    stem,
    name.replace(/_alloc$/, "_create"),
    name.replace(/_create$/, "_alloc"),
  ];
  const found =
    guesses.find((guess) => guess !== name && findFunction(kernel.btf, guess) !== undefined) ??
    (isSearched ? likeFunction(name, kernel) : undefined);
  return found === undefined ? "" : `write ${found}, or ignore: {callNotFound: true} to leave it out`;
}

/** There are tens of thousands: only those are compared that begin alike. */
function likeFunction(name: string, kernel: Kernel): string | undefined {
  const start = name.slice(0, 3);
  for (const other of kernel.functionNames()) {
    if (!other.startsWith(start) || Math.abs(other.length - name.length) > MAX_EDITS) continue;
    if (editDistance(name, other) <= MAX_EDITS) return other;
  }
  return undefined;
}

function checkPrototype(
  hook: Hook,
  found: FoundFunction & { type: FunctionType },
  findings: HookFindings,
): void {
  const { type, btf } = found;
  const prototype = prototypeText(type);
  for (const argument of hook.args) {
    if (argument.source.kind !== "argument") continue;
    const parameter = type.parameters[argument.source.index];
    if (parameter === undefined) {
      const count = type.parameters.length;
      findings.argument("error", argument, {
        found: `index: ${argument.source.index}`,
        expected: count === 0 ? "no arguments" : `an index from 0 to ${count - 1}`,
        cure: prototype,
      });
    } else if (argument.resolve === undefined) {
      checkType(argument, { btf, type: parameter.type.id }, prototype, findings);
    }
  }
  const { returnValue } = hook;
  if (returnValue !== undefined && returnValue.resolve === undefined) {
    checkType(returnValue, { btf, type: type.returnType.id }, prototype, findings);
  }
}

/** `int security_file_open(struct file *file)` */
export function prototypeText({ name, parameters, returnType, isVariadic }: FunctionType): string {
  const spaced = (text: string) => (text.endsWith("*") ? text : `${text} `);
  const words = parameters.map((parameter) => `${spaced(parameter.type.text)}${parameter.name}`.trim());
  if (isVariadic) words.push("...");
  return `${spaced(returnType.text)}${name}(${words.join(", ") || "void"})`;
}

function checkSystemCall(hook: Hook, target: SystemCallTarget, kernel: Kernel, findings: HookFindings): void {
  checkSystemCallArguments(hook, target, findings);
  if (isOverridden(hook) && kernel.canOverride === false) {
    findings.hook("error", {
      found: "Override of a system call",
      expected: "a kernel that is built for it: this one is without CONFIG_BPF_KPROBE_OVERRIDE",
      cure: "hook a security_ function that the call asks, which can be overridden, or write Sigkill",
    });
  }
  for (const names of kernel.systemCallFunctions(target)) {
    if (names.some((name) => kernel.function(name) !== undefined)) continue;
    if (hook.ignoresMissingCall) {
      findings.hook("warning", {
        found: quote(`sys_${target.name}`),
        cure: "this kernel does not have the system call: it is left out",
      });
      continue;
    }
    const near = findings.isSearchWorthwhile ? nearest(target.name, kernel.systemCalls()) : undefined;
    // Of calls without arguments the types of some kernels say nothing.
    findings.hook(kernel.isRunning ? "error" : "warning", {
      found: quote(`sys_${target.name}`),
      expected: `a system call of this kernel: it has no ${names.join(" and no ")}`,
      cure: near === undefined || near === target.name ? "" : `write sys_${near}`,
    });
  }
}

function isOverridden({ selectors }: Hook): boolean {
  return selectors.some(({ actions }) => actions.some(({ action }) => action === "Override"));
}

/** Arguments of system calls: of 32-bit programs, too, which have the same. */
function checkSystemCallArguments(hook: Hook, { name }: SystemCallTarget, findings: HookFindings): void {
  const prototype = systemCallPrototype(name);
  if (prototype === undefined) return;
  for (const argument of hook.args) {
    if (argument.source.kind !== "argument") continue;
    const { index } = argument.source;
    const parameter = prototype.parameters[index];
    if (parameter === undefined) {
      const count = prototype.parameters.length;
      findings.argument("error", argument, {
        found: `index: ${index}`,
        expected: count === 0 ? "no arguments" : `an index from 0 to ${count - 1}`,
        cure: `the system call is ${prototype.text}`,
      });
    } else if (argument.resolve === undefined) {
      const { type: text, size, isPointer } = parameter;
      checkCType(argument, { text, size, isPointer, isAggregate: false }, prototype.text, findings);
    }
  }
}

function checkTracepoint(hook: Hook, target: TracepointTarget, kernel: Kernel, findings: HookFindings): void {
  const format = kernel.format(target);
  const name = `${target.subsystem}/${target.event}`;
  if (format === "absent") {
    const near = findings.isSearchWorthwhile ? kernel.likeTracepoint(target) : undefined;
    const [subsystem, event] = near?.split("/") ?? [];
    findings.hook("error", {
      found: quote(name),
      expected: "a tracepoint of this kernel, as in /sys/kernel/tracing/events",
      cure: near === undefined ? "" : `write subsystem: ${subsystem}, event: ${event}`,
    });
    return;
  }
  if (format === "unreadable") {
    const why = kernel.isRunning
      ? "its format file cannot be read without rights"
      : "types alone do not tell";
    findings.hook("warning", { found: quote(name), cure: `the fields are not checked: ${why}` });
    return;
  }
  for (const argument of hook.args) {
    if (argument.source.kind !== "argument") continue;
    const { index } = argument.source;
    const field = format.fields[index];
    const fields = format.fields.map((each, number) => `${number} ${each.type} ${each.name}`).slice(4);
    if (field === undefined) {
      findings.argument("error", argument, {
        found: `index: ${index}`,
        expected: `a field from 0 to ${format.fields.length - 1}`,
        cure: `${name} has ${fields.join(", ")}`,
      });
      continue;
    }
    const expected = misfitOfField(argument.type, field);
    if (expected === undefined || argument.resolve !== undefined) continue;
    const only = onlyFitting(argument.type, format);
    findings.argument("error", argument, {
      found: `type ${argument.type} for the field ${quote(`${field.type} ${field.name}`)}`,
      expected: `${expected} for that type`,
      cure: `${only === undefined ? "" : `write index: ${only}: `}${name} has ${fields.join(", ")}`,
    });
  }
}

/** The number of the one field that a type was probably written for: a text among numbers. */
function onlyFitting(type: Argument["type"], { fields }: TracepointFormat): number | undefined {
  if (type !== "string") return undefined;
  const texts = fields.flatMap((field, index) => (/\bchar\b.*[\]*]$/.test(field.type) ? [index] : []));
  return texts.length === 1 ? texts[0] : undefined;
}

function checkRawTracepoint(
  hook: Hook,
  { event }: TracepointTarget,
  kernel: Kernel,
  findings: HookFindings,
): void {
  const parameters = kernel.rawTracepoint(event);
  if (parameters === undefined) {
    findings.hook("error", { found: quote(event), expected: "a raw tracepoint of this kernel" });
    return;
  }
  const text = parameters.map((id) => valueType(kernel.btf, id).text).join(", ");
  const prototype = `${event}(${text})`;
  for (const argument of hook.args) {
    if (argument.source.kind !== "argument") continue;
    const { index } = argument.source;
    const type = parameters[index];
    if (type === undefined) {
      findings.argument("error", argument, {
        found: `index: ${index}`,
        expected: `an index from 0 to ${parameters.length - 1}`,
        cure: prototype,
      });
    } else if (argument.resolve === undefined) {
      checkType(argument, { btf: kernel.btf, type }, prototype, findings);
    }
  }
}
