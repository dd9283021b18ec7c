/** @module Policies that a kernel without kprobes cannot load, and what works there instead. */
import { haveFeature } from "../../../kernel/feature/index.ts";
import type { Hook, Policy } from "../../../policy/policy.ts";

/** A hook that this kernel cannot have. */
export interface RefusedHook {
  readonly hook: Hook;
  /** Why, as a sentence without a full stop. */
  readonly why: string;
  /** What sees the like. */
  readonly instead: string;
}

/** Tracepoints that come nearest to functions which policies hook most. */
const NEAREST: readonly (readonly [RegExp, string])[] = [
  [/^security_file_open$|^do_sys_open|^do_filp_open$/, "the tracepoint syscalls/sys_enter_openat"],
  [
    /^fd_install$|^security_file_permission$/,
    "the tracepoints syscalls/sys_enter_read and syscalls/sys_enter_write",
  ],
  [
    /^(?:tcp_connect|tcp_close|tcp_set_state|inet_csk_.*|security_socket_connect)$/,
    "--enable-network-events, or the tracepoint sock/inet_sock_set_state",
  ],
  [/^(?:security_)?bprm_/, "the tracepoint sched/sched_process_exec"],
  [/^(?:do_init_module|security_kernel_module_request)$/, "the tracepoint module/module_load"],
];

/** The first hook of a policy that takes kprobes, where the kernel was built without; `undefined` when nothing is in the way. */
export function withoutKprobes({ hooks }: Policy): RefusedHook | undefined {
  const hook = hooks.find(({ target: { kind } }) => kind === "function" || kind === "syscall");
  if (hook === undefined || haveFeature("kprobe").answer !== "no") return undefined;
  const why = "this kernel was built without kprobes (CONFIG_KPROBE_EVENTS)";
  return { hook, why, instead: insteadOf(hook) };
}

function insteadOf({ target }: Hook): string {
  if (target.kind === "syscall") return `use the tracepoint syscalls/sys_enter_${target.name} here`;
  const near = NEAREST.find(([names]) => names.test(target.kind === "function" ? target.name : ""));
  return near === undefined ? "it has tracepoints" : `use ${near[1]} here, which comes nearest`;
}
