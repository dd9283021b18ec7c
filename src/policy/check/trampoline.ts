/** @module Hooks whose programs are loaded for one function, by its type: fentry, and hooks of the security modules. */
import { BTF_KIND, type FunctionType } from "../../kernel/btf/index.ts";
import { nearest } from "../../lib/text/distance.ts";
import { quote } from "../document/finding.ts";
import { lsmFunction } from "../lsm-function.ts";
import type { Hook, LsmTarget } from "../policy.ts";
import type { HookFindings } from "./findings.ts";
import type { FoundFunction, Kernel } from "./kernel.ts";

/** How a prototype is checked. */
type CheckPrototype = (
  hook: Hook,
  found: FoundFunction & { type: FunctionType },
  findings: HookFindings,
) => void;

/** What programs ask the integrity measurement for a digest by. */
const HASH_HELPER = "bpf_ima_inode_hash";

/** An enumerator that is as old as programs at functions that are given a struct itself: Linux 6.1. */
const WITH_STRUCTS = { type: "bpf_func_id", name: "BPF_FUNC_user_ringbuf_drain" } as const;

/**
 * What keeps the kernel from having a program called by a function: the first parameter that is a struct itself, as in
 * `kuid_t uid`. `undefined` where nothing does.
 */
export function untraceableParameter({ btf }: Kernel, found: FoundFunction): string | undefined {
  const given = found.type?.parameters.find(
    ({ type }) => !type.isPointer && found.btf.isCompound(found.btf.resolve(type.id)),
  );
  if (given === undefined) return undefined;
  const helpers = btf.find(BTF_KIND.ENUM, WITH_STRUCTS.type);
  const isTaken = helpers !== undefined && btf.enumerator(helpers, WITH_STRUCTS.name) !== undefined;
  return isTaken ? undefined : `${given.type.text} ${given.name}`;
}

function refuseStruct(name: string, parameter: string, cure: string, findings: HookFindings): void {
  findings.hook(
    "error",
    {
      found: `${quote(name)}, which is given a struct (${parameter})`,
      expected: "a kernel that calls programs at such functions: Linux 6.1 or newer",
      cure,
    },
    "unsupported",
  );
}

/** Holds a hook of the security modules to the kernel. */
export function checkLsm(
  hook: Hook,
  { name }: LsmTarget,
  kernel: Kernel,
  { findings, checkPrototype }: { readonly findings: HookFindings; readonly checkPrototype: CheckPrototype },
): void {
  const found = kernel.function(lsmFunction(name));
  if (found?.type === undefined) {
    refuseHook(name, kernel, findings);
    return;
  }
  const struct = untraceableParameter(kernel, found);
  if (struct !== undefined) {
    const cure = `hook the function security_${name}: kprobes with syscall: false`;
    refuseStruct(name, struct, cure, findings);
    return;
  }
  const typed = { ...found, type: found.type };
  checkPrototype(hook, typed, findings);
  const { text } = found.type.returnType;
  const overrides = hook.selectors.some(({ actions }) => actions.some(({ action }) => action === "Override"));
  if (overrides && text !== "int") {
    findings.hook("error", {
      found: `Override at ${quote(name)}`,
      expected: `a hook that decides: this one returns ${text}`,
      cure: "write Sigkill, or hook one that is asked before",
    });
  }
  const isHashed = hook.selectors.some(({ actions }) =>
    actions.some((action) => action.action === "Post" && action.hasImaHash),
  );
  if (isHashed && kernel.function(HASH_HELPER) === undefined) {
    findings.hook("error", {
      found: "imaHash",
      expected: "a kernel that gives digests to programs: Linux 5.11 or newer",
      cure: "remove it",
    });
  }
}

function refuseHook(name: string, kernel: Kernel, findings: HookFindings): void {
  const names = hookNames(kernel);
  if (names.length === 0) {
    findings.hook(
      "error",
      {
        found: quote(name),
        expected: "a kernel with BPF LSM: this one was built without CONFIG_BPF_LSM",
        cure: `hook the function security_${name}: kprobes with syscall: false`,
      },
      "unsupported",
    );
    return;
  }
  const near = findings.isSearchWorthwhile ? nearest(name, names) : undefined;
  findings.hook("error", {
    found: quote(name),
    expected: "a hook of this kernel's security modules",
    cure: near === undefined ? "" : `write ${near}`,
  });
}

/** All hooks that programs can be attached to, but for those that verifiers refuse. */
function hookNames({ btf }: Kernel): string[] {
  const prefix = lsmFunction("");
  const names: string[] = [];
  for (let id = 1; id < btf.size; id++) {
    if (btf.kind(id) !== BTF_KIND.FUNC) continue;
    const name = btf.name(id);
    if (name.startsWith(prefix)) names.push(name.slice(prefix.length));
  }
  return names;
}

/** What fentry takes beyond what a kprobe does: types, and no registers. */
export function checkFentry(hook: Hook, kernel: Kernel, findings: HookFindings): void {
  const { target } = hook;
  for (const argument of hook.data) {
    if (argument.source.kind !== "register") continue;
    findings.argument("error", argument, {
      found: "source: pt_regs at an fentry",
      expected: "source: current_task: only kprobes are given registers",
    });
  }
  const functions =
    target.kind === "syscall"
      ? kernel.systemCallFunctions(target).flat()
      : target.kind === "function"
        ? [target.name]
        : [];
  const found = functions.map((name) => kernel.function(name)).find((each) => each !== undefined);
  if (found === undefined) return;
  if (found.type === undefined || found.module !== undefined) {
    const why =
      found.module === undefined ? "the kernel has no types of this one" : `it is in module ${found.module}`;
    findings.hook("error", {
      found: quote("name" in target ? target.name : ""),
      expected: `a function of the kernel itself that has types: ${why}`,
      cure: "move the hook to spec.kprobes",
    });
    return;
  }
  const struct = untraceableParameter(kernel, found);
  if (struct !== undefined) refuseStruct(found.type.name, struct, "move the hook to spec.kprobes", findings);
}
