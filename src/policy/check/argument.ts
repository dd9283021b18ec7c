/** @module The type of an argument against the prototype, and the way to its value through the kernel's types. */
import { BTF_KIND, type Btf, valueType } from "../../kernel/btf/index.ts";
import { findRegister } from "../../kernel/program/index.ts";
import { quote } from "../document/finding.ts";
import type { Argument, HookTarget, MemberWay } from "../policy.ts";
import type { HookFindings } from "./findings.ts";
import type { Kernel } from "./kernel.ts";
import { type CType, fitting, isWider, misfit, narrowed } from "./type-fit.ts";
import { walk } from "./walk.ts";

/** Bytes of a register. */
const REGISTER_SIZE = 8;
/** `argv` and `envp` */
const IS_LIST_OF_TEXTS = /\bchar ?\*(?: ?const)? ?\*/;

/** A type of the kernel or of a module. */
export interface BtfType {
  readonly btf: Btf;
  readonly type: number;
}

/** Holds the type of an argument to what the prototype has. @param prototype In the message. */
export function checkType(
  argument: Argument,
  { btf, type }: BtfType,
  prototype: string,
  findings: HookFindings,
): void {
  checkCType(argument, cTypeOf(btf, type), prototype, findings);
}

/** The same for a type that is known otherwise. */
export function checkCType(
  argument: Argument,
  actual: CType,
  prototype: string,
  findings: HookFindings,
): void {
  const expected = misfit(argument.type, actual);
  if (expected !== undefined) {
    findings.argument("error", argument, {
      found: `type ${argument.type} for ${quote(actual.text)}`,
      expected: `${expected} for that type`,
      cure: `the prototype is ${prototype}${whatFits(actual)}`,
    });
  } else if (isWider(argument.type, actual)) {
    findings.argument("warning", argument, {
      found: `type ${argument.type} for ${quote(actual.text)} of ${actual.size} bytes`,
      cure: `the upper half may be anything: write type ${narrowed(argument.type, actual)}: the prototype is ${prototype}`,
    });
  }
}

function whatFits(actual: CType): string {
  if (IS_LIST_OF_TEXTS.test(actual.text)) {
    return ": leave it out, no type reads a list of texts; those of a new program are in its process_exec event";
  }
  const type = fitting(actual);
  return type === undefined ? "" : `: write type ${type}`;
}

/** A register is one of the machine's, and a tracepoint's program has none. */
function checkRegister(
  argument: Argument,
  name: string,
  { target, machine }: { readonly target: HookTarget; readonly machine: Kernel["machine"] },
  findings: HookFindings,
): void {
  if (target.kind === "tracepoint") {
    findings.argument("error", argument, {
      found: "source: pt_regs at a tracepoint",
      expected: "source: current_task: only functions have registers",
    });
  } else if (findRegister(name, machine) === undefined) {
    findings.argument("error", argument, {
      found: quote(name),
      expected: `the name of a register of ${machine}, such as ${machine === "x64" ? "rax or eax" : "x0 or w0"}`,
    });
  }
}

/** Walks `resolve` through the kernel's types. */
export function checkWay(
  argument: Argument,
  target: HookTarget,
  kernel: Kernel,
  findings: HookFindings,
): void {
  const { resolve: way, source } = argument;
  if (source.kind === "register") {
    checkRegister(argument, source.name, { target, machine: kernel.machine }, findings);
    return;
  }
  if (way === undefined) return;
  const start = kernel.startOf(target, source, way);
  if (start === undefined) {
    const why = whyNoStart(way, target, kernel);
    if (why !== undefined) findings.argument(why.severity, argument, why);
    return;
  }
  const end = walk(start.btf, start.type, way.steps);
  if ("problem" in end) {
    findings.argument("error", argument, {
      found: `resolve with ${end.problem}`,
      expected: "members of this kernel's types",
      cure: end.cure,
    });
    return;
  }
  const actual = cTypeOf(start.btf, end.type);
  const expected = misfit(argument.type, actual);
  if (expected === undefined || isCapabilitySet(argument, actual)) return;
  findings.argument("error", argument, {
    found: `type ${argument.type} for ${quote(actual.text)}, which resolve leads to`,
    expected: `${expected} for that type`,
  });
}

/** Whether a way ends in a set of capabilities: since Linux 6.3 its struct has no name. */
function isCapabilitySet({ type }: Argument, { size, isPointer, text }: CType): boolean {
  return /^(?:kernel_cap_t|cap_)/.test(type) && size === 8 && !isPointer && text.startsWith("struct ");
}

interface MissingStart {
  readonly severity: "error" | "warning";
  readonly found: string;
  readonly expected?: string;
  readonly cure?: string;
}

function whyNoStart(
  { struct, module }: MemberWay,
  target: HookTarget,
  kernel: Kernel,
): MissingStart | undefined {
  if (module !== undefined && kernel.moduleTypes(module) === undefined) {
    return {
      severity: kernel.isRunning ? "error" : "warning",
      found: `btfTypeModule: ${module}`,
      expected: "a module that is loaded and has types",
    };
  }
  if (target.kind === "uprobe" || target.kind === "usdt") {
    return {
      severity: "error",
      found: struct === undefined ? "resolve at a program" : `btfType: ${struct}`,
      expected: "btfType, and btfPath of a file that has it: BTF, or a program with a section of that name",
    };
  }
  if (struct !== undefined) {
    return { severity: "error", found: `btfType: ${struct}`, expected: "a struct of this kernel" };
  }
  if (target.kind === "syscall") {
    return {
      severity: "error",
      found: "resolve at a system call",
      expected: "btfType: the struct that the argument points to",
    };
  }
  if (target.kind === "tracepoint" && !target.isRaw) {
    return {
      severity: "error",
      found: "resolve at a tracepoint that is not raw",
      expected: "btfType: the struct that the field points to, or raw: true",
    };
  }
  // The function, its prototype or the argument is missing, which has been said.
  return undefined;
}

function cTypeOf(btf: Btf, id: number): CType {
  const { text, size, isPointer } = valueType(btf, id);
  const kind = btf.kind(btf.resolve(id));
  // A struct around a number, such as kuid_t, is passed as that number.
  const isNumber =
    kind === BTF_KIND.STRUCT && size <= REGISTER_SIZE && [...btf.members(btf.resolve(id))].length === 1;
  const isAggregate =
    !isNumber && (kind === BTF_KIND.STRUCT || kind === BTF_KIND.UNION || kind === BTF_KIND.ARRAY);
  return { text, size, isPointer, isAggregate };
}
