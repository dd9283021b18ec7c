/** @module Has the kernel check programs of policies: they are loaded, and not attached. */
import { haveFeature, haveHelper } from "../../../src/kernel/feature/index.ts";
import { KernelObject, VerifierError } from "../../../src/kernel/loader/index.ts";
import { parseUsdtArguments } from "../../../src/kernel/program/index.ts";
import { type AttachPoint, compileHook, enforcerProgram } from "../../../src/policy/compile/index.ts";
import { WorkloadSelectors } from "../../../src/policy/condition/process/index.ts";
import type { Hook } from "../../../src/policy/policy.ts";
import type { UprobeTarget, UsdtTarget } from "../../../src/policy/user-target.ts";
import { isPreemptive } from "../../../src/source/sensor/policy/compile-settings.ts";
import { hostNamespaces } from "../../../src/source/sensor/policy/host-namespaces.ts";
import { InstalledHook } from "../../../src/source/sensor/policy/installed-hook.ts";
import { RunningKernel } from "../../../src/source/sensor/policy/kernel.ts";
import { ProcessTracking } from "../../../src/source/sensor/policy/process-tracking.ts";
import { SharedMaps } from "../../../src/source/sensor/policy/shared-maps.ts";
import { SENSOR_MAPS, sensorMaps } from "../../../src/source/sensor/probe/index.ts";
import { policy } from "../../source/sensor/policy/made-policy.ts";

/** Has the kernel check the programs of hooks that meet at one place. */
export class Bench implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #kernel = new RunningKernel("");
  readonly #shared = this.#stack.use(new KernelObject());
  readonly #maps = this.#stack.use(new SharedMaps());
  readonly #tracking = this.#stack.use(
    new ProcessTracking({ types: () => this.#kernel.types, procfs: "/proc" }),
  );
  #hooks = 0;

  constructor() {
    this.#shared.createMaps(sensorMaps(1 << 16, 4096));
  }

  /** Has all be recorded of processes that hooks ask for: once for many, since that takes longer than a hook. */
  prepare(hooks: readonly Hook[]): void {
    this.#tracking.prepare(
      hooks.flatMap(({ selectors }) => selectors.flatMap(({ conditions }) => conditions)),
    );
  }

  /** @throws TetradError with the verifier's words. */
  load(...hooks: readonly Hook[]): void {
    this.prepare(hooks);
    const [first] = hooks as [Hook];
    const entries = hooks.map((hook, position) => ({
      policy: policy(`p${position}`, hook),
      hook,
      hooks: [hook],
      position,
      enforcer: position,
    }));
    const compiled = compileHook([pointOf(first)], entries, ++this.#hooks, {
      kernel: this.#kernel,
      kind: 99,
      ring: SENSOR_MAPS,
      process: {
        facts: this.#tracking.facts,
        workloads: new WorkloadSelectors({ knowsPods: false }),
        hostNamespaces: hostNamespaces("/proc"),
        hasTypedTask: haveHelper("kprobe", "get_current_task_btf").answer === "yes",
      },
      hasOverrideReturn: false,
      isPreemptive: isPreemptive(),
      hasSleepableUprobe: haveFeature("sleepable uprobe").answer === "yes",
      hasTaskRegisters: haveHelper("kprobe", "task_pt_regs").answer === "yes",
      leaveUnlessInScope: () => {},
    });
    this.#maps.openFor(compiled.entry.assembly);
    if (compiled.exit !== undefined) this.#maps.openFor(compiled.exit.assembly);
    try {
      using _ = new InstalledHook(
        compiled,
        (name) => this.#tracking.findMap(name) ?? this.#maps.find(name) ?? this.#shared.map(name),
      );
    } catch (error) {
      const { cause } = error as Error;
      if (cause instanceof VerifierError) console.error(cause.log.split("\n").slice(-60).join("\n"));
      throw error;
    }
  }

  /** The program at a function that enforces. @throws TetradError with the verifier's words. */
  loadEnforcer({ overrides }: { readonly overrides: boolean }): void {
    const point = {
      key: "",
      convention: "function",
      program: "probe",
      name: "security_file_open",
      subsystem: "",
    } as const;
    const settings = { types: this.#kernel.types, enforcer: 1, hasOverrideReturn: false, way: undefined };
    const spec = enforcerProgram({ ...point, hasReturn: false }, "enforcer", { ...settings, overrides });
    this.#maps.openFor(spec.assembly);
    using object = new KernelObject((name) => this.#maps.find(name)!);
    object.load(spec);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** Arguments in registers, whole and in parts, in memory, and constants. */
const USDT_ARGUMENTS = {
  x64: "-4@%edi 8@-16(%rbp) 8@%rsi -2@$-5 1@8(%rax,%rcx,4)",
  arm64: "-4@w0 8@[sp, 16] 8@x1 -2@-5 1@[x3]",
};

/** In a program that nobody looks at. */
function userPoint(target: UprobeTarget | UsdtTarget, hasReturn: boolean): AttachPoint {
  const machine = process.arch as "x64" | "arm64";
  const identity = { device: 0n, inode: 0n, size: 0n, changedAt: 0n };
  const usdtArguments =
    target.kind === "usdt" ? parseUsdtArguments(USDT_ARGUMENTS[machine], machine) : undefined;
  const user = { path: "/bin/sh", identity, offset: 0n, referenceCounter: 0n, usdtArguments };
  return { key: "", convention: target.kind, program: "probe", name: "main", subsystem: "", hasReturn, user };
}

export function pointOf({ section, target, returnValue, args }: Hook): AttachPoint {
  const hasReturn = returnValue !== undefined || args.some(({ isReadAtReturn }) => isReadAtReturn);
  if (target.kind === "tracepoint")
    return {
      key: "",
      convention: "raw tracepoint",
      program: "tracepoint",
      name: target.event,
      subsystem: "",
      hasReturn: false,
    };
  if (target.kind === "uprobe" || target.kind === "usdt") return userPoint(target, hasReturn);
  const convention = target.kind === "syscall" ? "syscall" : "function";
  const program = target.kind === "lsm" ? "lsm" : section === "fentries" ? "fentry" : "probe";
  // Programs of fentry are loaded for a function.
  const isTyped = program === "fentry" && target.kind === "syscall";
  const name = isTyped ? `__${process.arch}_sys_${target.name}` : target.name;
  return { key: "", convention, program, name, subsystem: "", hasReturn };
}
