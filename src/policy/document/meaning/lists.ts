/** @module `lists`: names of functions and system calls. */
import { allSystemCalls, isSystemCall } from "../../../kernel/system-call/index.ts";
import { compilePattern, type Pattern, PatternSyntaxError } from "../../../lib/re2/index.ts";
import type { HookTarget } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { LIST } from "../schema/hook.ts";
import type { Read } from "../schema/kind.ts";
import { suggestion } from "../spelling.ts";
import { parseSystemCall } from "./call.ts";
import type { Context } from "./context.ts";
import type { NameList } from "./name-list.ts";

type ListOfNames = Read<typeof LIST>;

/** Reads all lists. Names that stand twice, and what is wrong in them, are findings. */
export function readLists(lists: readonly ListOfNames[], context: Context): Map<string, NameList> {
  const byName = new Map<string, NameList>();
  for (const list of lists) {
    const { name } = list;
    if (name === undefined) continue;
    if (byName.has(name)) {
      context.error(list, "name", { found: `a second list ${quote(name)}`, expected: "every name once" });
      continue;
    }
    byName.set(name, readList(list, context));
  }
  return byName;
}

function readList(list: ListOfNames, context: Context): NameList {
  const isSystemCalls = list.type === "syscalls" || list.type === "generated_syscalls";
  const isGenerated = list.type?.startsWith("generated_") ?? false;
  if (list.pattern !== undefined && list.type !== "generated_ftrace") {
    context.error(list, "pattern", {
      found: "a pattern",
      expected: "type: generated_ftrace with it",
    });
  }
  if (isGenerated) return generatedList(list, isSystemCalls, context);
  const values = list.values ?? [];
  if (values.length === 0 && !context.places.isBroken(list)) {
    context.error(list, "values", { found: "a list without values", expected: "names" });
  }
  const targets = values.flatMap((value, index) => {
    const target: HookTarget | undefined = isSystemCalls
      ? listedSystemCall(list, index, value, context)
      : { kind: "function", name: value };
    return target === undefined ? [] : [target];
  });
  return { targets, isSystemCalls, isOpen: false };
}

function listedSystemCall(
  list: ListOfNames,
  index: number,
  value: string,
  context: Context,
): HookTarget | undefined {
  const values = list.values!;
  const call = parseSystemCall(value, context.machine);
  if (call === undefined) {
    return context.error(values, index, {
      found: quote(value),
      expected: "a system call, such as sys_openat or i386/sys_openat",
      cure: isSystemCall(value) ? `write sys_${value}` : "",
    });
  }
  if (!isSystemCall(call.target.name)) {
    context.warn(values, index, {
      found: quote(value),
      expected: "a system call",
      cure: suggestion(call.target.name, allSystemCalls()).replace("write ", "write sys_"),
    });
  }
  return call.target;
}

function generatedList(list: ListOfNames, isSystemCalls: boolean, context: Context): NameList {
  const { kernel } = context;
  if ((list.values?.length ?? 0) > 0) {
    context.error(list, "values", {
      found: "values",
      expected: `none: the kernel gives them to a list of type ${list.type}`,
    });
  }
  if (isSystemCalls) {
    const targets = (kernel?.systemCalls() ?? []).map(
      (name): HookTarget => ({ kind: "syscall", name, abis: ["native"] }),
    );
    return { targets, isSystemCalls, isOpen: kernel === undefined };
  }
  const pattern = readPattern(list, context);
  const names = pattern === undefined ? [] : (kernel?.functionsMatching(pattern) ?? []);
  if (kernel !== undefined && pattern !== undefined && names.length === 0) {
    context.error(list, "pattern", {
      found: quote(list.pattern!),
      expected: "a pattern that some function of this kernel matches",
    });
  }
  const targets = names.map((name): HookTarget => ({ kind: "function", name }));
  return { targets, isSystemCalls, isOpen: kernel === undefined };
}

function readPattern(list: ListOfNames, context: Context): Pattern | undefined {
  if (list.pattern === undefined) {
    if (context.places.isBroken(list, "pattern")) return undefined;
    return context.error(list, undefined, {
      found: "no pattern",
      expected: "pattern: a regular expression for the names of functions",
    });
  }
  try {
    return compilePattern(list.pattern);
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error;
    return context.error(list, "pattern", {
      found: quote(list.pattern),
      expected: "a regular expression, as RE2 has them",
      cure: error.message,
    });
  }
}
