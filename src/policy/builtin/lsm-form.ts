/**
 * @module Policies that come with the agent, at the hooks of the security modules: the functions that they hook, which begin with
 * `security_`, ask just these. The hook costs less than a kprobe, and what a program decides there is the answer.
 */
import { type Kernel, untraceableParameter } from "../check/index.ts";
import { hashedArgument } from "../file-hash.ts";
import { lsmFunction } from "../lsm-function.ts";
import type { Action, Argument, Hook, Policy, PostAction } from "../policy.ts";

/** What is called otherwise at the hook than the function is. */
interface Difference {
  readonly hook?: string;
  /** By position of the function's argument, that of the hook's. */
  readonly positions?: readonly number[];
}

/** Source: `security/security.c` and `include/linux/lsm_hook_defs.h` of the kernel. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  security_bprm_check: { hook: "bprm_check_security" },
  // Behind the protection that was asked for comes what became of it.
  security_mmap_file: { positions: [0, 1, 3] },
};

const PREFIX = "security_";

/**
 * A policy with its hooks moved to those of the security modules, where the kernel has one that is given the same.
 * @param kernel One that has BPF among its security modules.
 */
export function withLsmHooks(policy: Policy, kernel: Kernel): Policy {
  return { ...policy, hooks: policy.hooks.map((hook) => lsmForm(hook, kernel) ?? hook) };
}

function lsmForm(hook: Hook, kernel: Kernel): Hook | undefined {
  const { section, target, args, data, returnValue, selectors } = hook;
  if (section !== "kprobes" || target.kind !== "function" || !target.name.startsWith(PREFIX))
    return undefined;
  if (data.length > 0 || returnValue !== undefined || selectors.some(takesAStack)) return undefined;
  const { hook: name = target.name.slice(PREFIX.length), positions } = DIFFERENCES[target.name] ?? {};
  const found = kernel.function(lsmFunction(name));
  if (found === undefined || untraceableParameter(kernel, found) !== undefined) return undefined;
  const [from, to] = [kernel.function(target.name)?.type, found.type];
  if (from === undefined || to === undefined) return undefined;
  const moved: Argument[] = [];
  for (const argument of args) {
    if (argument.source.kind !== "argument" || argument.sizeIndex !== undefined) return undefined;
    const { index } = argument.source;
    const at = positions?.[index] ?? index;
    const [given, asked] = [from.parameters[index], to.parameters[at]];
    if (given === undefined || given.type.text !== asked?.type.text) return undefined;
    moved.push({ ...argument, source: { kind: "argument", index: at } });
  }
  return { ...hook, section: "lsmhooks", target: { kind: "lsm", name }, args: moved };
}

/** A policy whose events have digests where a file can be hashed; `undefined` where that is at none of its hooks. */
export function withHashes(policy: Policy): Policy | undefined {
  const isHashed = ({ target }: Hook) => target.kind === "lsm" && hashedArgument(target.name) !== undefined;
  if (!policy.hooks.some(isHashed)) return undefined;
  return { ...policy, hooks: policy.hooks.map((hook) => (isHashed(hook) ? hashed(hook) : hook)) };
}

const PLAIN_POST: PostAction = {
  action: "Post",
  rateLimit: 0,
  rateLimitScope: "thread",
  hasKernelStackTrace: false,
  hasUserStackTrace: false,
  hasImaHash: false,
};

function hashed(hook: Hook): Hook {
  const all = hook.selectors.length > 0 ? hook.selectors : [{ ...EVERYTHING, at: hook.at }];
  return { ...hook, selectors: all.map((each) => ({ ...each, actions: withHash(each.actions) })) };
}

const EVERYTHING = {
  label: "",
  workload: undefined,
  conditions: [],
  returnConditions: [],
  actions: [],
  returnActions: [],
} as const satisfies Omit<Hook["selectors"][number], "at">;

function withHash(actions: readonly Action[]): readonly Action[] {
  const posting = actions.length === 0 ? [PLAIN_POST] : actions;
  return posting.map((action) => (action.action === "Post" ? { ...action, hasImaHash: true } : action));
}

function takesAStack({ actions }: Hook["selectors"][number]): boolean {
  return actions.some(
    (action) => action.action === "Post" && (action.hasKernelStackTrace || action.hasUserStackTrace),
  );
}
