/** @module Hooks of kinds that a kernel was built or started without, and what works there instead. */
import { type FeatureName, haveFeature, readSecurityModules } from "../../../kernel/feature/index.ts";
import { codeOrText } from "../../../os/caught.ts";
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

/** What hooks take, beyond what every kernel has: why one lacks it, and what works there. */
const NEEDS: readonly {
  readonly feature: FeatureName;
  readonly isNeededBy: (hook: Hook) => boolean;
  readonly why: string;
  readonly insteadOf: (hook: Hook) => string;
}[] = [
  {
    feature: "kprobe",
    isNeededBy: ({ section }) => section === "kprobes" || section === "loader",
    why: "this kernel was built without kprobes (CONFIG_KPROBE_EVENTS)",
    insteadOf,
  },
  {
    feature: "fentry",
    isNeededBy: ({ section }) => section === "fentries",
    why: "this kernel was built without what fentry takes (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)",
    insteadOf: () => "write kprobes: a hook there says the same",
  },
  {
    feature: "uprobe",
    isNeededBy: ({ target: { kind } }) => kind === "uprobe" || kind === "usdt",
    why: "this kernel was built without uprobes (CONFIG_UPROBE_EVENTS)",
    insteadOf: () => "it has tracepoints",
  },
  {
    feature: "uprobe registers",
    isNeededBy: ({ target: { kind }, selectors }) =>
      kind === "uprobe" &&
      selectors.some(({ actions }) => actions.some(({ action }) => action === "Override")),
    why: "this kernel lets no program change the registers of a process (Linux 6.18), as Override at a uprobe does",
    insteadOf: () => "write Sigkill",
  },
  {
    feature: "lsm",
    isNeededBy: ({ section }) => section === "lsmhooks",
    why: "BPF is not among its security modules (CONFIG_BPF_LSM, and bpf in /sys/kernel/security/lsm)",
    insteadOf: ({ target }) =>
      `start it with lsm=...,bpf, or write kprobes with ${target.kind === "lsm" ? `call: security_${target.name}` : "the security_ function"}, syscall: false`,
  },
  {
    feature: "ima",
    isNeededBy: ({ selectors }) =>
      selectors.some(({ actions }) =>
        actions.some((action) => action.action === "Post" && action.hasImaHash),
      ),
    why: "it was built without what makes digests of files (CONFIG_IMA)",
    insteadOf: () => "leave imaHash, or +hashes, out",
  },
];

/** The first hook of a policy that this kernel was built or started without; `undefined` when nothing is in the way. */
export function refusedHook({ hooks }: Policy): RefusedHook | undefined {
  for (const { feature, isNeededBy, why, insteadOf: instead } of NEEDS) {
    const hook = hooks.find(isNeededBy);
    if (hook === undefined || haveFeature(feature).answer !== "no") continue;
    return { hook, why, instead: instead(hook) };
  }
  return undefined;
}

/** The first hook of which this kernel does not show whether it can have it; `undefined` where all can be seen. */
export function unseenHook({ hooks }: Policy): RefusedHook | undefined {
  const hook = hooks.find(({ section }) => section === "lsmhooks");
  if (hook === undefined) return undefined;
  try {
    readSecurityModules();
    return undefined;
  } catch (error) {
    const why = `whether BPF is among the kernel's security modules cannot be seen (securityfs: ${codeOrText(error)})`;
    return { hook, why, instead: "mount -t securityfs securityfs /sys/kernel/security, or look as root" };
  }
}

function insteadOf({ target }: Hook): string {
  if (target.kind === "syscall") return `use the tracepoint syscalls/sys_enter_${target.name} here`;
  const near = NEAREST.find(([names]) => names.test(target.kind === "function" ? target.name : ""));
  return near === undefined ? "it has tracepoints" : `use ${near[1]} here, which comes nearest`;
}
