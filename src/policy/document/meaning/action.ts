/** @module `matchActions` and `matchReturnActions`. */
import { HASHED_HOOKS, hashedArgument } from "../../file-hash.ts";
import type { Action, HookTarget, PostAction } from "../../policy.ts";
import { oneOf, quote } from "../finding.ts";
import type { ActionName } from "../schema/action.ts";
import type { Context } from "./context.ts";
import { LAST_SIGNAL, LEAST_ERROR } from "./limits.ts";
import { parseRateLimit } from "./rate-limit.ts";
import type { HookParts, ReadSelector } from "./read-hook.ts";
import { readRequest } from "./request.ts";
import { SECTIONS } from "./sections.ts";

type ReadAction = NonNullable<ReadSelector["matchActions"]>[number];

const SIGKILL = 9;
/** What has the address of a socket. */
const SOCKETS: readonly string[] = ["sock", "socket", "skb"];
const OF_POST = ["rateLimit", "rateLimitScope", "kernelStackTrace", "userStackTrace", "imaHash"] as const;
/** Arguments, and the actions that take them. */
const TAKEN_BY: Readonly<Partial<Record<keyof ReadAction, readonly ActionName[]>>> = {
  argUrl: ["GetUrl"],
  argFqdn: ["DnsLookup"],
  argError: ["Override", "NotifyEnforcer"],
  argSig: ["Signal", "NotifyEnforcer"],
  argSock: ["TrackSock", "UntrackSock"],
  argIndex: ["Set"],
  argValue: ["Set"],
  argRegs: ["Override"],
};

/** Reads actions; those that something is wrong with are left out, which has been said. */
export function readActions(actions: readonly ReadAction[], parts: HookParts, context: Context): Action[] {
  return context.keep(actions.map((action) => readAction(action, parts, context)));
}

function readAction(read: ReadAction, parts: HookParts, context: Context): Action | undefined {
  const { action } = read;
  if (action === undefined) return undefined;
  const { noun, actions } = SECTIONS[parts.section];
  if (!actions.includes(action)) {
    return context.error(read, "action", {
      found: action,
      expected: `${oneOf(actions)} at ${noun}`,
      cure: action === "Override" ? "write Sigkill" : "",
    });
  }
  checkArguments(read, action, context);
  switch (action) {
    case "Post":
      return readPost(read, parts, context);
    case "NoPost":
      return { action };
    case "Sigkill":
      return { action: "Signal", signal: SIGKILL, isSigkill: true };
    case "Signal":
      return readSignal(read, context);
    case "Override":
      return readOverride(read, parts, context);
    case "TrackSock":
    case "UntrackSock":
      return readTrackSock(read, action, parts, context);
    case "GetUrl":
    case "DnsLookup":
      return readRequest(read, action, context);
    case "NotifyEnforcer":
    case "CleanupEnforcerNotification":
      return readNotify(read, action, context);
    case "Set":
      return readSet(read, context);
  }
}

/** What an action does not take is refused where it is a limit or a wish, and said otherwise. */
function checkArguments(read: ReadAction, action: ActionName, context: Context): void {
  for (const field of OF_POST) {
    if (action === "Post" || read[field] === undefined || read[field] === false) continue;
    context.error(read, field, {
      found: `${field} with ${action}`,
      expected: "it with Post only",
      cure: `remove it, or add {action: Post, ${field}: ...}`,
    });
  }
  for (const [field, takers] of Object.entries(TAKEN_BY)) {
    if (read[field as keyof ReadAction] === undefined || takers.includes(action)) continue;
    context.warn(read, field, { found: `${field} with ${action}`, cure: `only ${oneOf(takers)} takes it` });
  }
}

function readPost(
  read: ReadAction,
  { section, targets }: HookParts,
  context: Context,
): PostAction | undefined {
  const rateLimit = read.rateLimit === undefined ? 0 : parseRateLimit(read.rateLimit);
  if (rateLimit === undefined) {
    return context.error(read, "rateLimit", {
      found: quote(read.rateLimit!),
      expected: 'a time in which the same event is not posted again: "60", "60s", "5m" or "1h"',
      cure: /\//.test(read.rateLimit!)
        ? 'it is no number of events: one event passes in each time, as in "60s"'
        : "",
    });
  }
  if (read.rateLimitScope !== undefined && read.rateLimit === undefined && !context.places.isBroken(read)) {
    context.warn(read, "rateLimitScope", {
      found: "rateLimitScope without rateLimit",
      cure: "it has no effect",
    });
  }
  if (read.imaHash === true && section !== "lsmhooks") {
    return context.error(read, "imaHash", { found: "imaHash", expected: "it at LSM hooks only" });
  }
  const [target] = targets;
  if (read.imaHash === true && target?.kind === "lsm" && hashedArgument(target.name) === undefined) {
    return context.error(read, "imaHash", {
      found: `imaHash at ${target.name}`,
      expected: `it at ${oneOf(HASHED_HOOKS)}`,
    });
  }
  const isWithoutField = ({ kind }: HookTarget) => kind !== "function" && kind !== "syscall";
  if (targets.some(isWithoutField) && (read.kernelStackTrace || read.userStackTrace)) {
    context.warn(read, read.kernelStackTrace ? "kernelStackTrace" : "userStackTrace", {
      found: `a stack trace at ${SECTIONS[section].noun}`,
      cure: `events of ${SECTIONS[section].noun} have no field for it`,
    });
  }
  return {
    action: "Post",
    rateLimit,
    rateLimitScope: read.rateLimitScope ?? "thread",
    hasKernelStackTrace: read.kernelStackTrace === true,
    hasUserStackTrace: read.userStackTrace === true,
    hasImaHash: read.imaHash === true,
  };
}

function readSignal(read: ReadAction, context: Context): Action | undefined {
  const { argSig: signal } = read;
  if (signal !== undefined && signal >= 1 && signal <= LAST_SIGNAL) {
    return { action: "Signal", signal, isSigkill: false };
  }
  if (context.places.isBroken(read, "argSig")) return undefined;
  return context.error(read, signal === undefined ? undefined : "argSig", {
    found: signal === undefined ? "Signal without argSig" : `argSig: ${signal}`,
    expected: `argSig: the number of a signal, from 1 to ${LAST_SIGNAL}`,
  });
}

function readSet(read: ReadAction, context: Context): Action | undefined {
  const { argIndex: index = 0, argValue: value = 0 } = read;
  if (context.places.isBroken(read, "argIndex") || context.places.isBroken(read, "argValue"))
    return undefined;
  return { action: "Set", index, value };
}

function readOverride(
  read: ReadAction,
  { section, targets }: HookParts,
  context: Context,
): Action | undefined {
  const { argError: error = 0 } = read;
  if (section === "uprobes") return readUprobeOverride(read, context);
  const isBroken = context.places.isBroken(read, "argError");
  const plain = section === "kprobes" ? targets.find((target) => !canOverride(target)) : undefined;
  if (plain !== undefined) {
    const name = plain.kind === "function" ? plain.name : "this";
    context.error(read, "action", {
      found: `Override of ${name}`,
      expected: "a system call, or a function that begins with security_",
      cure: "write Sigkill, or hook the security_ function that is called for it",
    });
    return undefined;
  }
  if (isBroken) return undefined;
  if (error < LEAST_ERROR || (error > 0 && section !== "kprobes")) {
    return context.error(read, "argError", {
      found: `argError: ${error}`,
      expected: `a negative errno, from ${LEAST_ERROR} to -1`,
      cure: error > 0 ? `write -${error}` : "",
    });
  }
  if (error >= 0) {
    context.warn(read, read.argError === undefined ? undefined : "argError", {
      found: read.argError === undefined ? "Override without argError" : `argError: ${error}`,
      expected: "a negative errno, such as -1",
      cure: "the caller may be made to believe that the call succeeded",
    });
  }
  return { action: "Override", error };
}

/** Fields of `Override` that say more than what a function returns. */
const REGISTER_FIELDS = ["argRegs", "argNewSymbol", "argNewAddr", "argNewOffset"] as const;

/** Whatever number the function returns. */
function readUprobeOverride(read: ReadAction, context: Context): Action | undefined {
  const field = REGISTER_FIELDS.find((each) => read[each] !== undefined);
  if (field !== undefined) return context.unsupported(read, field, `${field} of Override`);
  if (context.places.isBroken(read, "argError")) return undefined;
  if (read.argError === undefined)
    context.warn(read, undefined, {
      found: "Override without argError",
      expected: "argError: what the function is to return",
      cure: "it returns 0",
    });
  return { action: "Override", error: read.argError ?? 0 };
}

function readNotify(
  read: ReadAction,
  action: "NotifyEnforcer" | "CleanupEnforcerNotification",
  context: Context,
): Action | undefined {
  if (!context.hasEnforcers) {
    return context.error(read, "action", {
      found: `${action} without enforcers`,
      expected: "spec.enforcers: [{calls: [...]}], where it takes effect",
    });
  }
  if (action === "CleanupEnforcerNotification") return { action };
  const { argError: error = 0, argSig: signal = 0 } = read;
  if (context.places.isBroken(read)) return undefined;
  if (error < LEAST_ERROR || error > 0) {
    return context.error(read, "argError", {
      found: `argError: ${error}`,
      expected: `a negative errno, from ${LEAST_ERROR} to -1`,
      cure: error > 0 ? `write -${error}` : "",
    });
  }
  if (signal > LAST_SIGNAL) {
    return context.error(read, "argSig", {
      found: `argSig: ${signal}`,
      expected: `the number of a signal, from 1 to ${LAST_SIGNAL}`,
    });
  }
  if (error === 0 && signal === 0) {
    return context.error(read, undefined, {
      found: "NotifyEnforcer without argError and argSig",
      expected: "one of them at least: what the enforcer does",
    });
  }
  return { action, error, signal };
}

function canOverride(target: HookTarget): boolean {
  return target.kind === "syscall" || (target.kind === "function" && target.name.startsWith("security_"));
}

function readTrackSock(
  read: ReadAction,
  action: "TrackSock" | "UntrackSock",
  { args }: HookParts,
  context: Context,
): Action | undefined {
  const { argSock = 0 } = read;
  const position = args.findIndex(({ index }) => index === argSock);
  const type = args[position]?.type;
  if (position >= 0 && (type === undefined || SOCKETS.includes(type))) return { action, position };
  if (context.places.isBroken(read, "argSock") || args.some(({ index }) => index === undefined))
    return undefined;
  return context.error(read, read.argSock === undefined ? undefined : "argSock", {
    found: position < 0 ? `argSock: ${argSock}` : `argSock: ${argSock} of type ${type}`,
    expected: `the index of an argument of type ${oneOf(SOCKETS)}`,
  });
}
