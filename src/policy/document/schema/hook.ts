/** @module Hooks: the sections of `spec` that say where a policy looks. */
import { ARGUMENT } from "./argument.ts";
import { choice, flag, list, object, optional, required, schema, text, withDefault } from "./kind.ts";
import { SELECTOR } from "./selector.ts";

const ARGS = optional(list(object(ARGUMENT)), "What is read, in the order of the event.");
const SELECTORS = optional(
  list(object(SELECTOR)),
  "The first whose filters all hold acts. None: every call is posted.",
);
const MESSAGE = optional(text, "Printed in events: 2 to 256 bytes.");
const TAGS = optional(list(text), "Printed in events: at most 16, of 2 to 128 bytes.");
const DATA = optional(list(object(ARGUMENT)), "Values that are no arguments, with `source` and `resolve`.");
const RETURN = withDefault(flag, false, "Look at the return as well; needs `returnArg`.");
const RETURN_ARG = optional(object(ARGUMENT), "Type of what is returned.");

const IGNORE_CALL = schema("ignore", {
  callNotFound: withDefault(flag, false, "A function that the kernel does not have is left out."),
});
const IGNORE_DIGEST = schema("ignore of a uprobe", {
  digestVerificationFailure: withDefault(flag, false, "A file with another digest is left out."),
});

/** `kprobes` and `fentries` */
export const KPROBE = schema(
  "kprobe",
  {
    call: required(text, "A function of the kernel, a system call as `sys_openat`, or `list:NAME`."),
    syscall: withDefault(flag, true, "Whether it is a system call. A plain function needs `false`."),
    args: ARGS,
    data: DATA,
    return: RETURN,
    returnArg: RETURN_ARG,
    returnArgAction: optional(text, "`TrackSock` or `UntrackSock`, of the socket that is returned."),
    selectors: SELECTORS,
    message: MESSAGE,
    tags: TAGS,
    ignore: optional(object(IGNORE_CALL), "What is no error."),
  },
  {
    function: { cure: "write call" },
    name: { cure: "write call" },
    symbol: { cure: "write call" },
    hook: { cure: "write call, or move the hook to spec.lsmhooks" },
  },
);

/** `tracepoints` */
export const TRACEPOINT = schema("tracepoint", {
  subsystem: required(text, "As in `/sys/kernel/tracing/events`: `syscalls`."),
  event: required(text, "Its name there: `sys_enter_openat`."),
  raw: withDefault(flag, false, "Arguments are those of the tracepoint's prototype instead of fields."),
  args: ARGS,
  selectors: SELECTORS,
  message: MESSAGE,
  tags: TAGS,
});

/** `lsmhooks` */
export const LSM_HOOK = schema(
  "lsmhook",
  {
    hook: required(text, "Name without `security_` and `bpf_lsm_`: `file_open`."),
    args: ARGS,
    selectors: SELECTORS,
    message: MESSAGE,
    tags: TAGS,
  },
  { call: { cure: "write hook" }, name: { cure: "write hook" } },
);

/** `uprobes` */
export const UPROBE = schema(
  "uprobe",
  {
    path: required(text, "The program or library."),
    symbols: optional(list(text), "Functions, as `name` or `name+offset`."),
    offsets: optional(
      list({ kind: "integer", min: 0, max: Number.MAX_SAFE_INTEGER } as const),
      "Places in the file.",
    ),
    addrs: optional(
      list({ kind: "integer", min: 0, max: Number.MAX_SAFE_INTEGER } as const),
      "Virtual addresses.",
    ),
    refCtrOffsets: optional(
      list({ kind: "integer", min: 0, max: Number.MAX_SAFE_INTEGER } as const),
      "Counters to raise, one for each place.",
    ),
    btfPath: optional(text, "File with the types of the program."),
    binaryDigests: optional(list(text), "Digests of the file that are allowed, as `sha256:...`."),
    resolvePathInContainer: withDefault(flag, false, "Look for the path in every selected container."),
    args: ARGS,
    data: DATA,
    return: RETURN,
    returnArg: RETURN_ARG,
    selectors: SELECTORS,
    message: MESSAGE,
    tags: TAGS,
    ignore: optional(object(IGNORE_DIGEST), "What is no error."),
  },
  { symbol: { cure: "write symbols: [...], a list since 1.1" } },
);

/** `usdts` */
export const USDT = schema("usdt", {
  path: required(text, "The program or library."),
  provider: required(text, "Provider of the probe."),
  name: required(text, "Name of the probe."),
  btfPath: optional(text, "File with the types of the program."),
  args: ARGS,
  selectors: SELECTORS,
  message: MESSAGE,
  tags: TAGS,
});

/** `lists` */
export const LIST = schema("list", {
  name: required(text, "Used as `list:NAME`."),
  type: optional(
    choice(["syscalls", "generated_syscalls", "generated_ftrace"]),
    "`syscalls`: values are system calls. `generated_syscalls`: all that the kernel has. `generated_ftrace`: functions of the kernel that match `pattern`. Without: values are functions.",
  ),
  values: optional(list(text), "Names."),
  pattern: optional(text, "Regular expression of `generated_ftrace`."),
});

/** `enforcers` */
export const ENFORCER = schema(
  "enforcer",
  { calls: required(list(text), "Functions, or `list:NAME`, that `NotifyEnforcer` acts on.") },
  { syscalls: { cure: "write calls, its name since 1.1", means: "calls" } },
);
