/** @module The programs at functions where `NotifyEnforcer` takes effect: those of a policy, while it has hooks. */
import type { ProgramSpec } from "../../../kernel/attach/index.ts";
import { haveHelper } from "../../../kernel/feature/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import { type AttachPoint, enforcerProgram } from "../../../policy/compile/index.ts";
import { notifiesErrors } from "../../../policy/notified.ts";
import type { Enforcer, Policy } from "../../../policy/policy.ts";
import type { RunningKernel } from "./kernel.ts";
import type { PinnedLinks } from "./pinned-links.ts";
import type { Wanted } from "./places.ts";
import type { SharedMaps } from "./shared-maps.ts";

/** What they are loaded with. */
export interface EnforcersSettings {
  readonly kernel: () => RunningKernel;
  readonly maps: SharedMaps;
  /** Keeps them when the agent has ended. @default they end with it */
  readonly pins?: PinnedLinks | undefined;
}

/** Loads them. */
export class Enforcers implements Disposable {
  readonly #settings: EnforcersSettings;
  /** By policy: the number that its notes have, and what holds its programs. */
  readonly #installed = new Map<Policy, { readonly number: number; readonly resources: DisposableStack }>();
  #next = 1;

  constructor(settings: EnforcersSettings) {
    this.#settings = settings;
  }

  /** The number of a policy's enforcers; `undefined` where it has none. */
  numberOf(policy: Policy): number | undefined {
    return this.#installed.get(policy)?.number;
  }

  /**
   * From now on those of the policies that have these hooks take notes. To be called before what leaves notes is attached: of programs at one function
   * the one that came last runs first.
   * @throws TetradError `unsupported` in words that say what the kernel lacks.
   */
  prepare(hooks: readonly Wanted[]): void {
    for (const policy of policiesOf(hooks)) {
      if ((policy.enforcers?.length ?? 0) === 0 || this.#installed.has(policy)) continue;
      const number = this.#next++;
      this.#installed.set(policy, { number, resources: this.#install(policy, number) });
    }
  }

  /** Ends those of other policies. */
  keepOnly(hooks: readonly Wanted[]): void {
    const kept = policiesOf(hooks);
    for (const [policy, { resources }] of this.#installed) {
      if (kept.has(policy)) continue;
      this.#installed.delete(policy);
      resources.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.keepOnly([]);
  }

  #install(policy: Policy, number: number): DisposableStack {
    using stack = new DisposableStack();
    const { maps, pins, kernel } = this.#settings;
    const object = stack.use(new KernelObject((name) => maps.find(name)!));
    const settings = {
      types: kernel().types,
      enforcer: number,
      hasOverrideReturn: haveHelper("kprobe", "override_return").answer === "yes",
      way: policy.options.overrideMethod,
      overrides: notifiesErrors(policy),
    };
    const points = new Map(pointsOf(policy.enforcers!, kernel()).map((point) => [point.key, point]));
    for (const [index, point] of [...points.values()].entries()) {
      const spec = enforcerProgram(point, `tetrad_e${number}_${index}`, settings);
      maps.openFor(spec.assembly);
      const link = stack.use(attached(point, () => load(object, spec, point)));
      if (pins !== undefined) stack.use(pins.pin(link));
    }
    return stack.move();
  }
}

function load(object: KernelObject, spec: ProgramSpec<"kprobe" | "fmod_ret">, { name }: AttachPoint) {
  return spec.kind === "fmod_ret"
    ? object.load(spec as ProgramSpec<"fmod_ret">).attach()
    : object.load(spec as ProgramSpec<"kprobe">).attach({ symbol: name });
}

function policiesOf(hooks: readonly Wanted[]): Set<Policy> {
  return new Set(hooks.map(({ policy }) => policy));
}

/** @throws TetradError `unsupported` when the kernel does not take it. */
function attached<T>({ name }: AttachPoint, attach: () => T): T {
  try {
    return attach();
  } catch (error) {
    const message = `Cannot enforce at "${name}": ${errorMessage(error)}`;
    throw new TetradError("unsupported", message, { cause: error });
  }
}

/** @throws TetradError `unsupported` when the kernel does not have one. */
function pointsOf(enforcers: readonly Enforcer[], kernel: RunningKernel): AttachPoint[] {
  return enforcers.flatMap(({ target }): AttachPoint[] => {
    const symbols =
      target.kind === "function"
        ? [{ symbol: target.name, isCompat: false }].filter(
            ({ symbol }) => kernel.function(symbol) !== undefined,
          )
        : kernel.systemCallSymbols(target);
    if (symbols.length === 0)
      throw new TetradError(
        "unsupported",
        `Cannot enforce at "${target.name}": this kernel does not have it`,
      );
    return symbols.map(({ symbol, isCompat }) => {
      const convention = target.kind === "function" ? "function" : isCompat ? "compat syscall" : "syscall";
      return { key: symbol, convention, program: "probe", name: symbol, subsystem: "", hasReturn: false };
    });
  });
}
