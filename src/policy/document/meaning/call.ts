/** @module What a hook on a function is attached to. */
import { allSystemCalls, isSystemCall } from "../../../kernel/system-call/index.ts";
import type { FunctionTarget, HookTarget, SystemCallTarget } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { KPROBE } from "../schema/hook.ts";
import type { Read } from "../schema/kind.ts";
import { suggestion } from "../spelling.ts";
import type { Context, Machine } from "./context.ts";

/** A system call as it is written. */
export interface WrittenSystemCall {
  readonly target: SystemCallTarget;
  /** The prefix is another machine's: `__arm64_` on x86-64. */
  readonly isForeign: boolean;
}

/** `i386/sys_x`, `__x64_sys_x`, `sys_x` */
const SYSTEM_CALL =
  /^(?:(x64|arm64|i386|arm32)\/)?(?:__(x64|arm64|ia32|ia32_compat)_)?(?:sys|compat_sys)_(\w+)$/;

/** The machine's own way in, or that of 32-bit programs, by the words that stand for it. */
const MACHINE_OF: Readonly<Record<string, { readonly machine: Machine; readonly abi: "native" | "compat" }>> =
  {
    x64: { machine: "x64", abi: "native" },
    arm64: { machine: "arm64", abi: "native" },
    i386: { machine: "x64", abi: "compat" },
    ia32: { machine: "x64", abi: "compat" },
    ia32_compat: { machine: "x64", abi: "compat" },
    arm32: { machine: "arm64", abi: "compat" },
  };

/** Reads the name of a system call; `undefined` for what is none. */
export function parseSystemCall(text: string, machine: Machine): WrittenSystemCall | undefined {
  const [, folder, prefix, name] = SYSTEM_CALL.exec(text) ?? [];
  if (name === undefined) return undefined;
  const word = folder ?? prefix;
  const of = word === undefined ? { machine, abi: "native" as const } : MACHINE_OF[word]!;
  return {
    target: { kind: "syscall", name, abis: [of.abi] },
    isForeign: of.machine !== machine,
  };
}

/** What a hook is on. */
export interface Call {
  readonly targets: readonly HookTarget[];
  /** The kernel decides what the hook is on, and none was asked. */
  readonly isOpen: boolean;
}

type Kprobe = Read<typeof KPROBE>;

/** Finds what `call` and `syscall` mean; `undefined` for what is wrong. */
export function readCall(kprobe: Kprobe, context: Context): Call | undefined {
  const { call } = kprobe;
  if (call === undefined) return undefined;
  if (call.startsWith("list:")) return readListCall(kprobe, call.slice("list:".length), context);
  const target = kprobe.syscall ? readSystemCall(kprobe, call, context) : readFunction(kprobe, call, context);
  return target === undefined ? undefined : { targets: [target], isOpen: false };
}

function readListCall(kprobe: Kprobe, name: string, context: Context): Call | undefined {
  const list = context.lists.get(name);
  if (list === undefined) {
    return context.error(kprobe, "call", {
      found: `the list ${quote(name)}`,
      expected: "one of spec.lists",
      cure: suggestion(name, [...context.lists.keys()]),
    });
  }
  // The list says what is in it; only who says the contrary is asked.
  const says = context.places.isGiven(kprobe, "syscall") ? kprobe.syscall : undefined;
  if (says !== undefined && says !== list.isSystemCalls) {
    context.error(kprobe, "syscall", {
      found: `syscall: ${says}`,
      expected: `syscall: ${list.isSystemCalls}`,
      cure: `the list ${quote(name)} is one of ${list.isSystemCalls ? "system calls" : "functions; a list of system calls has type: syscalls"}`,
    });
  }
  return { targets: list.targets, isOpen: list.isOpen };
}

function readSystemCall(kprobe: Kprobe, call: string, context: Context): SystemCallTarget | undefined {
  const written = parseSystemCall(call, context.machine);
  if (written === undefined) {
    if (isSystemCall(call)) {
      return context.error(kprobe, "call", {
        found: quote(call),
        expected: "a system call with its prefix",
        cure: `write sys_${call}`,
      });
    }
    const isSaid = context.places.isGiven(kprobe, "syscall");
    return context.error(kprobe, "call", {
      found: quote(call),
      expected: "a system call, since syscall is true unless the hook says otherwise",
      cure: `${call} is no system call: ${isSaid ? "write" : "add"} syscall: false`,
    });
  }
  const { target, isForeign } = written;
  if (isForeign) {
    context.warn(kprobe, "call", {
      found: quote(call),
      expected: "a system call of this machine",
      cure: `sys_${target.name} is taken: write it without the prefix of another architecture`,
    });
  }
  if (!isSystemCall(target.name) && context.kernel === undefined) {
    context.warn(kprobe, "call", {
      found: quote(call),
      expected: "a system call that is known",
      cure: suggestion(target.name, allSystemCalls()).replace("write ", "write sys_"),
    });
  }
  return isForeign ? { ...target, abis: ["native"] } : target;
}

function readFunction(kprobe: Kprobe, call: string, context: Context): FunctionTarget | undefined {
  const written = /^(?:\w+\/)?sys_/.test(call) ? parseSystemCall(call, context.machine) : undefined;
  if (written !== undefined && isSystemCall(written.target.name)) {
    return context.error(kprobe, "call", {
      found: `${quote(call)} with syscall: false`,
      expected: "a function of the kernel",
      cure: `${call} is a system call: write syscall: true`,
    });
  }
  if (!/^[\w.$]+$/.test(call)) {
    return context.error(kprobe, "call", { found: quote(call), expected: "the name of a function" });
  }
  return { kind: "function", name: call };
}
