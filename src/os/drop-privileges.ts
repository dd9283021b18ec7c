/** @module Gives up, for good and on every thread, what the process may do beyond what it still needs. */
import { ptr } from "bun:ffi";
import {
  CAPABILITY_NAMES,
  type CapabilityName,
  type CapabilitySet,
  capabilitySet,
  type Privileges,
  readPrivileges,
  readProcessPrivileges,
} from "./capability.ts";
import { TetradError } from "./error.ts";
import { callOnEveryThread, type SystemCall } from "./every-thread.ts";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/** A user to change to. */
export interface UserIdentity {
  readonly uid: number;
  readonly gid: number;
}

/** What is left after {@link dropPrivileges}. */
export interface DropSettings {
  /** Capabilities to keep, where the process has them. @default none */
  readonly keep?: readonly CapabilityName[];
  /** User and group to change to; supplementary groups go. @default none */
  readonly user?: UserIdentity | undefined;
}

/** System call numbers (asm/unistd_64.h; asm-generic/unistd.h). */
const PRCTL = process.arch === "arm64" ? 167 : 157;
const CAPSET = process.arch === "arm64" ? 91 : 126;
/** prctl(2), linux/prctl.h. */
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
/** _LINUX_CAPABILITY_VERSION_3 (linux/capability.h). */
const CAPABILITY_VERSION = 0x20080522;
/** CAP_SETPCAP, needed to shrink the bounding set. */
const SETPCAP = capabilitySet(["CAP_SETPCAP"]);
const KNOWN = capabilitySet(CAPABILITY_NAMES);

const libc = openLibc({
  setgroups: { args: ["u64", "ptr"], returns: "i32" },
  setresgid: { args: ["u32", "u32", "u32"], returns: "i32" },
  setresuid: { args: ["u32", "u32", "u32"], returns: "i32" },
});

/** Buffers that threads read when they make the calls. */
const referenced: Uint32Array[] = [];

/**
 * Leaves each thread with the capabilities in `keep` that it had, none of them inheritable, `no_new_privs`, the same
 * bounding set (where the process has CAP_SETPCAP), and `user`. What is gone cannot be brought back.
 * @throws TetradError `unsupported` when the user cannot be changed or a thread cannot be reached; what had been dropped
 * until then stays dropped.
 */
export function dropPrivileges({ keep = [], user }: DropSettings = {}): void {
  const before = readProcessPrivileges();
  const kept = capabilitySet(keep) & before.permitted;
  const canShrink = (before.effective & SETPCAP) !== 0n;
  const shrink = canShrink ? boundingSetCalls(kept) : [];
  const isShrunk = (now: Privileges): boolean => !canShrink || (now.bounding & KNOWN & ~kept) === 0n;

  if (user !== undefined) {
    // First, since the change takes CAP_SETPCAP away, and all others unless it is asked not to.
    const reached = new Set<number>();
    callOnEveryThread([call(PRCTL, PR_SET_KEEPCAPS, 1), ...shrink], (thread) => {
      // Whether PR_SET_KEEPCAPS is set cannot be seen from outside. A thread that missed it keeps less, never more.
      const isAskedTwice = reached.has(thread);
      reached.add(thread);
      const now = readPrivileges(thread);
      return now === undefined || (isAskedTwice && isShrunk(now));
    });
    changeUser(user);
  }

  const calls = [
    ...(user === undefined ? shrink : []),
    ...capsetCalls(kept),
    call(PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL),
    call(PRCTL, PR_SET_NO_NEW_PRIVS, 1),
  ];
  callOnEveryThread(calls, (thread) => {
    const now = readPrivileges(thread);
    if (now === undefined) return true;
    const isLeft = ((now.permitted | now.effective) & ~kept) !== 0n || (now.inheritable | now.ambient) !== 0n;
    return !isLeft && now.noNewPrivileges && isShrunk(now);
  });
}

/** Takes all capabilities but `kept` out of the bounding set. */
function boundingSetCalls(kept: CapabilitySet): SystemCall[] {
  const bits = CAPABILITY_NAMES.map((_, bit) => BigInt(bit));
  return bits.filter((bit) => ((kept >> bit) & 1n) === 0n).map((bit) => call(PRCTL, PR_CAPBSET_DROP, bit));
}

/** glibc does this on all threads. */
function changeUser({ uid, gid }: UserIdentity): void {
  const failed =
    libc.setgroups(0, null) !== 0
      ? "setgroups"
      : libc.setresgid(gid, gid, gid) !== 0
        ? "setresgid"
        : undefined;
  const call = failed ?? (libc.setresuid(uid, uid, uid) !== 0 ? "setresuid" : undefined);
  if (call === undefined) return;
  const cause = new SystemCallError(call, lastErrno());
  // A user that the user namespace does not have is EINVAL; a process that the user may not have, EAGAIN.
  const needs = cause.errnoName === "EPERM" ? ", needs root or CAP_SETUID and CAP_SETGID" : "";
  throw new TetradError(
    "unsupported",
    `Cannot change to user ${uid}, group ${gid}: ${cause.message}${needs}`,
    { cause },
  );
}

function call(number: number, ...args: (number | bigint)[]): SystemCall {
  return { number, args };
}

/** capset(2) for the calling thread: permitted and effective become `set`, inheritable becomes empty. */
function capsetCalls(set: CapabilitySet): SystemCall[] {
  const header = Uint32Array.of(CAPABILITY_VERSION, 0);
  const [low, high] = [Number(set & 0xffffffffn), Number(set >> 32n)];
  const data = Uint32Array.of(low, low, 0, high, high, 0);
  referenced.push(header, data);
  return [call(CAPSET, ptr(header), ptr(data))];
}
