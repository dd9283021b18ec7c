/** @module What a policy does, in words, and what that does not stop. */
import { errnoName } from "../../os/errno-name.ts";
import type { Action, Hook, Selector } from "../policy.ts";

/**
 * An action in words.
 * @param canOverride Whether the kernel is built to override system calls; `undefined` where nobody knows.
 */
export function actionText(action: Action, hook: Hook, canOverride: boolean | undefined): string {
  switch (action.action) {
    case "Post":
      return postText(action);
    case "Set":
      return `argument ${action.index} becomes ${action.value}, in the program's own memory`;
    case "NoPost":
      return "no event is posted";
    case "Signal":
      return action.isSigkill
        ? "the process is killed (SIGKILL)"
        : `the process gets signal ${action.signal}`;
    case "Override":
      if (hook.target.kind === "uprobe")
        return `the function does not run, and returns ${action.error}: ${methodText(hook, canOverride)}`;
      return `the call does not run, and its caller gets ${errorText(action.error)}: ${methodText(hook, canOverride)}`;
    case "TrackSock":
      return "later events of this socket name this process";
    case "UntrackSock":
      return "this socket's owner is forgotten";
    case "GetUrl":
      return `the agent gets ${action.url}, if it was started with --enable-policy-requests`;
    case "DnsLookup":
      return `the agent looks up the name ${action.name}, if it was started with --enable-policy-requests`;
    case "NotifyEnforcer":
      return `the next of the policy's enforcers that this thread calls ${enforcedText(action)}`;
    case "CleanupEnforcerNotification":
      return "what enforcers were told of this thread is forgotten";
  }
}

function enforcedText({ error, signal }: Extract<Action, { action: "NotifyEnforcer" }>): string {
  return [
    ...(error === 0 ? [] : [`does not run, and its caller gets ${errorText(error)}`]),
    ...(signal === 0 ? [] : [`sends signal ${signal} to the process`]),
  ].join(", and ");
}

function postText(action: Extract<Action, { action: "Post" }>): string {
  const limit =
    action.rateLimit === 0
      ? ""
      : `, the same one at most once in ${action.rateLimit} s for each ${scopeText(action.rateLimitScope)}`;
  const stacks = [
    ...(action.hasKernelStackTrace ? ["the kernel's stack"] : []),
    ...(action.hasUserStackTrace ? ["the program's stack"] : []),
    ...(action.hasImaHash ? ["the file's hash"] : []),
  ];
  return `an event is posted${limit}${stacks.length === 0 ? "" : `, with ${stacks.join(" and ")}`}`;
}

function scopeText(scope: "thread" | "process" | "global"): string {
  return scope === "global" ? "host" : scope;
}

function errorText(error: number): string {
  if (error === 0) return "0, as if it had succeeded";
  const name = error < 0 ? errnoName(-error) : undefined;
  return name === undefined ? String(error) : `${error} (${name})`;
}

function methodText({ target }: Hook, canOverride: boolean | undefined): string {
  if (target.kind === "lsm") return "by what the program decides there";
  if (target.kind === "uprobe")
    return "by the registers of the process, which programs may change since Linux 6.18";
  if (target.kind !== "syscall") return "by a program at the function's return value (fmod_ret)";
  const option = "CONFIG_BPF_KPROBE_OVERRIDE";
  const built = {
    true: `which this kernel is built for (${option})`,
    false: `which this kernel is not built for (${option}): a security_ function that the call asks can be overridden instead`,
    undefined: `which the kernel must be built for (${option})`,
  }[String(canOverride) as "true" | "false" | "undefined"];
  return `by bpf_override_return, ${built}`;
}

/** What a signal does not stop, and what would. */
export function limitsOf({ actions, returnActions }: Selector, hook: Hook): string[] {
  const all = [...actions, ...returnActions];
  const hasSignal = all.some((action) => action.action === "Signal");
  if (!hasSignal || all.some(({ action }) => action === "Override")) return [];
  const canOverride =
    hook.target.kind === "syscall" ||
    hook.target.kind === "lsm" ||
    (hook.target.kind === "function" && hook.target.name.startsWith("security_"));
  const cure = canOverride
    ? "To be sure, add {action: Override, argError: -1} before it."
    : "To be sure, use Override at a system call, or at the security_ function that is called for it.";
  return [
    `A signal does not stop the call that is under way: the process ends when it next goes back to its program or waits. A file that the call makes may exist, and a first part may be written. ${cure}`,
  ];
}

/** Types that a system call is given the address of, in the memory of the process. */
const IN_PROCESS_MEMORY: ReadonlySet<string> = new Set(["string", "char_buf", "char_iovec", "sockaddr"]);

/** What a process can do about being seen whose memory conditions look at, and what it cannot do anything about. */
export function evasionsOf({ conditions }: Selector, { target, args }: Hook): string[] {
  const isSystemCall =
    target.kind === "syscall" || (target.kind === "tracepoint" && /syscalls$/.test(target.subsystem));
  if (!isSystemCall) return [];
  const isAsked = conditions.some(
    (condition) =>
      condition.kind === "argument" &&
      condition.positions.some((at) => IN_PROCESS_MEMORY.has(args[at]!.type)),
  );
  if (!isAsked) return [];
  return [
    "What is compared here is the process's own memory, before the kernel has copied it. Another thread can change it in between; what is not in memory at that moment cannot be compared; and a file has other names. A function that is given what the kernel found, such as security_file_open, cannot be deceived so.",
  ];
}
