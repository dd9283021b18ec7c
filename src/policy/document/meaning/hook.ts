/** @module Hooks: what each entry of a section means. */
import type { Hook, HookTarget, ListedSection, Position } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { KPROBE, LSM_HOOK, TRACEPOINT, UPROBE, USDT } from "../schema/hook.ts";
import type { Read } from "../schema/kind.ts";
import { suggestion } from "../spelling.ts";
import { readArgument } from "./argument.ts";
import { type Call, readCall } from "./call.ts";
import type { Context } from "./context.ts";
import type { Macros } from "./macros.ts";
import { readMessage, readTags } from "./message.ts";
import type { HookParts, ReadHook, TypedArgument } from "./read-hook.ts";
import { MAX_ARGUMENTS } from "./sections.ts";
import { readSelectors } from "./selector.ts";
import { uprobeTargets, usdtTargets } from "./user-file.ts";

type Kprobe = Read<typeof KPROBE>;

/** What hooks are read with. */
export interface HookUse {
  readonly section: ListedSection;
  /** Position in the section. */
  readonly index: number;
  readonly macros: Macros;
}

/** Reads a kprobe, one hook for each function or system call that it is on. What is wrong is said. */
export function readKprobe(kprobe: Kprobe, use: HookUse, context: Context): Hook[] {
  const call = readCall(kprobe, context);
  const returnSock = readReturnSock(kprobe, context);
  const ignoresMissingCall = kprobe.ignore?.callNotFound === true;
  return readHook(kprobe, { ...use, call, isRaw: false, at: context.at(kprobe, "call") }, context).map(
    (hook) => ({
      ...hook,
      returnSock,
      ignoresMissingCall,
    }),
  );
}

/** Reads a tracepoint. */
export function readTracepoint(tracepoint: Read<typeof TRACEPOINT>, use: HookUse, context: Context): Hook[] {
  const { subsystem, event, raw: isRaw = false } = tracepoint;
  const isKnown = subsystem !== undefined && event !== undefined;
  const target: HookTarget[] = isKnown ? [{ kind: "tracepoint", subsystem, event, isRaw }] : [];
  return readHook(
    tracepoint,
    { ...use, call: { targets: target, isOpen: false }, isRaw, at: context.at(tracepoint, "event") },
    context,
  );
}

/** Reads a uprobe, one hook for each place that it is on. */
export function readUprobe(uprobe: Read<typeof UPROBE>, use: HookUse, context: Context): Hook[] {
  const targets = uprobeTargets(uprobe, context);
  const call = { targets, isOpen: false };
  return readHook(uprobe, { ...use, call, isRaw: false, at: context.at(uprobe, "path") }, context).map(
    (hook) => ({ ...hook, ignoresMissingCall: uprobe.ignore?.digestVerificationFailure === true }),
  );
}

/** Reads a static tracepoint of a program. */
export function readUsdt(usdt: Read<typeof USDT>, use: HookUse, context: Context): Hook[] {
  const call = { targets: usdtTargets(usdt), isOpen: false };
  return readHook(usdt, { ...use, call, isRaw: false, at: context.at(usdt, "path") }, context);
}

/** Reads a hook of the security modules. */
export function readLsmHook(hook: Read<typeof LSM_HOOK>, use: HookUse, context: Context): Hook[] {
  const name = readLsmName(hook, context);
  const target: HookTarget[] = name === undefined ? [] : [{ kind: "lsm", name }];
  return readHook(
    hook,
    { ...use, call: { targets: target, isOpen: false }, isRaw: false, at: context.at(hook, "hook") },
    context,
  );
}

function readLsmName(hook: Read<typeof LSM_HOOK>, context: Context): string | undefined {
  const { hook: name } = hook;
  if (name === undefined) return undefined;
  const plain = name.replace(/^(?:bpf_lsm_|security_)/, "");
  if (plain === name && /^\w+$/.test(name)) return name;
  return context.error(hook, "hook", {
    found: quote(name),
    expected: "the name of a hook without security_ and bpf_lsm_",
    cure: /^\w+$/.test(plain) ? `write ${plain}` : "",
  });
}

/** Reads a hook of a section that this version cannot load: what is wrong with it is said all the same. */
export function readOther(hook: ReadHook, use: HookUse, context: Context): void {
  readHook(
    hook,
    { ...use, call: { targets: [], isOpen: false }, isRaw: false, at: context.at(hook) },
    context,
  );
}

function readHook(
  hook: ReadHook,
  {
    section,
    index,
    macros,
    call,
    isRaw,
    at,
  }: HookUse & { readonly call: Call | undefined; readonly isRaw: boolean; readonly at: Position },
  context: Context,
): Hook[] {
  const targets = call?.targets ?? [];
  if (call?.isOpen) context.leaveOpen();
  const use = { section, targets, isRaw };
  const read = (role: "argument" | "data") => (argument: Parameters<typeof readArgument>[0]) =>
    readArgument(argument, { ...use, role }, context);
  const args = (hook.args ?? []).map(read("argument"));
  const data = (hook.data ?? []).map(read("data"));
  checkCount(hook, section, context);
  const returnValue = readReturn(hook, use, context);
  const parts: HookParts = { section, hook, targets, args, data, returnValue };
  const selectors = readSelectors(hook.selectors ?? [], { parts, macros }, context);
  const shared = {
    section,
    index,
    at,
    args: context.keep(args.map(({ argument }) => argument)),
    data: context.keep(data.map(({ argument }) => argument)),
    returnValue: returnValue?.argument,
    returnSock: undefined,
    message: readMessage(hook, context),
    tags: readTags(hook, context),
    selectors,
    ignoresMissingCall: false,
  };
  return targets.map((target) => ({ ...shared, target }));
}

function checkCount(hook: ReadHook, section: ListedSection, context: Context): void {
  const args = hook.args?.length ?? 0;
  const data = hook.data?.length ?? 0;
  if (args + data <= MAX_ARGUMENTS || section === "tracepoints") return;
  context.error(hook, args > 0 ? "args" : "data", {
    found: data === 0 ? `${args} arguments` : `${args} arguments and ${data} data`,
    expected: `at most ${MAX_ARGUMENTS} together`,
  });
}

/** `return` and `returnArg` come together. */
function readReturn(
  hook: ReadHook,
  use: {
    readonly section: ListedSection;
    readonly targets: readonly HookTarget[];
    readonly isRaw: boolean;
  },
  context: Context,
): TypedArgument | undefined {
  const { returnArg } = hook;
  if (hook.return === true && returnArg === undefined) {
    if (context.places.isBroken(hook, "returnArg")) return undefined;
    return context.error(hook, "return", {
      found: "return: true without returnArg",
      expected: "returnArg: {index: 0, type: ...}",
    });
  }
  if (returnArg === undefined) return undefined;
  if (hook.return !== true) {
    if (!context.places.isBroken(hook, "return")) {
      context.warn(hook, "returnArg", { found: "returnArg without return: true", cure: "it has no effect" });
    }
    return undefined;
  }
  return readArgument(returnArg, { ...use, role: "return" }, context);
}

const RETURN_ACTIONS = ["TrackSock", "UntrackSock"] as const;

function readReturnSock(kprobe: Kprobe, context: Context): Hook["returnSock"] {
  const { returnArgAction: word } = kprobe;
  if (word === undefined || word === "") return undefined;
  const found = RETURN_ACTIONS.find((name) => name === word);
  if (found !== undefined) {
    if (kprobe.return === true) return found;
    return context.error(kprobe, "returnArgAction", {
      found: `returnArgAction: ${word} without return: true`,
      expected: "return: true and returnArg with it",
    });
  }
  if (word === "Post") {
    context.warn(kprobe, "returnArgAction", {
      found: "returnArgAction: Post",
      cure: "it never did anything: remove it",
    });
    return undefined;
  }
  return context.error(kprobe, "returnArgAction", {
    found: quote(word),
    expected: "TrackSock or UntrackSock",
    cure: suggestion(word, RETURN_ACTIONS) || "what is done belongs in selectors: matchReturnActions",
  });
}
