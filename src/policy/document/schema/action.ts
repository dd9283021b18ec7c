/** @module Actions of selectors. */
import { constants } from "node:os";
import {
  choice,
  flag,
  int32,
  list,
  type Mistakes,
  optional,
  required,
  schema,
  text,
  uint32,
  withDefault,
} from "./kind.ts";

/** All actions, by the names of the document. */
export const ACTION_NAMES = [
  "Post",
  "NoPost",
  "Sigkill",
  "Signal",
  "Override",
  "GetUrl",
  "DnsLookup",
  "TrackSock",
  "UntrackSock",
  "NotifyEnforcer",
  "CleanupEnforcerNotification",
  "Set",
] as const;

/** An action's name. */
export type ActionName = (typeof ACTION_NAMES)[number];

const FOLLOW_FD = {
  expected: "nothing that follows descriptors: the path of an argument of type fd is found by itself",
  cure: "drop the hooks that only follow (fd_install, close, dup), and move their filter on the path to the fd argument of the others",
};
const KILL = { cure: "write Sigkill" };
const POST = { cure: "write Post" };
/** `Sigstop`, as if every signal had an action, as SIGKILL has. */
const SIGNALS: Mistakes = Object.fromEntries(
  Object.entries(constants.signals).map(([name, number]) => [
    name.toLowerCase(),
    { cure: `write Signal with argSig: ${number}` },
  ]),
);

/** An action. */
export const ACTION = schema(
  "action",
  {
    action: required(
      choice(ACTION_NAMES, {
        followfd: FOLLOW_FD,
        unfollowfd: FOLLOW_FD,
        copyfd: FOLLOW_FD,
        notifykiller: { cure: "write NotifyEnforcer, its name since 1.1", means: "NotifyEnforcer" },
        kill: KILL,
        terminate: KILL,
        deny: { cure: "write Override with argError: -1" },
        block: { cure: "write Override with argError: -1" },
        reject: { cure: "write Override with argError: -1" },
        drop: { cure: "write Override with argError: -1, or NoPost to post nothing" },
        log: POST,
        alert: POST,
        audit: POST,
        notify: POST,
        event: POST,
        report: POST,
        warn: POST,
        ...SIGNALS,
      }),
      "What is done.",
    ),
    argUrl: optional(text, "Of `GetUrl`: the address."),
    argFqdn: optional(text, "Of `DnsLookup`: the name."),
    argError: optional(int32, "Of `Override` and `NotifyEnforcer`: what the caller gets, a negative errno."),
    argSig: optional(uint32, "Of `Signal` and `NotifyEnforcer`: number of the signal."),
    argSock: optional(
      uint32,
      "Of `TrackSock` and `UntrackSock`: `index` of the argument that is the socket.",
    ),
    argIndex: optional(uint32, "Of `Set`: position of the argument."),
    argValue: optional(uint32, "Of `Set`: what is written."),
    argRegs: optional(list(text), "Of `Override` at a uprobe: assignments of registers."),
    argNewSymbol: optional(text, "Of `Override` at a uprobe: function that is called instead."),
    argNewAddr: optional(uint32, "Of `Override` at a uprobe: address that is called instead."),
    argNewOffset: optional(uint32, "Of `Override` at a uprobe: offset in the file that is called instead."),
    rateLimit: optional(
      text,
      "Of `Post`: time in which the same event is not posted again: `30`, `30s`, `5m`, `1h`.",
    ),
    rateLimitScope: optional(
      choice(["thread", "process", "global"]),
      "Of `rateLimit`: whose events are the same.",
    ),
    kernelStackTrace: withDefault(flag, false, "Of `Post`: the kernel's stack with the event."),
    userStackTrace: withDefault(flag, false, "Of `Post`: the program's stack with the event."),
    imaHash: withDefault(flag, false, "Of `Post` at an LSM hook: hash of the file by IMA."),
  },
  {
    argfd: FOLLOW_FD,
    argname: FOLLOW_FD,
    stacktrace: { cure: "write kernelStackTrace, its name since 1.1", means: "kernelStackTrace" },
    argfmt: { cure: "write message beside call, for the whole hook: spec.kprobes[].message" },
    format: { cure: "write message beside call, for the whole hook: spec.kprobes[].message" },
    message: { cure: "write message beside call, for the whole hook: spec.kprobes[].message" },
    signal: { cure: "write argSig" },
    error: { cure: "write argError" },
  },
);
