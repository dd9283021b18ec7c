/** @module The policies that are loaded: they come and go, and change, while the sensor runs. */
import { TetradError } from "../../../os/error.ts";
import { withLinksResolved } from "../../../policy/binary-links.ts";
import type { Policy } from "../../../policy/policy.ts";
import type { LoadedFacts } from "../../../policy/registry/index.ts";
import { isInContainers } from "../../../policy/user-target.ts";
import { ContainerFiles } from "./container-files.ts";
import { Drain } from "./drain.ts";
import { Enforcers } from "./enforcers.ts";
import { loadedFacts } from "./facts.ts";
import { installPrograms } from "./install-programs.ts";
import type { InstalledHook } from "./installed-hook.ts";
import { ForgottenKernel, type RunningKernel } from "./kernel.ts";
import { Leftovers } from "./leftovers.ts";
import { conditionsOf, type PlacedHook, placesOf, type Wanted, workloadsOf } from "./places.ts";
import { ProcessTracking } from "./process-tracking.ts";
import { PolicyRecords } from "./records.ts";
import type { LoadedPolicy, PolicyState, SensorPoliciesSettings } from "./settings.ts";
import { SharedMaps } from "./shared-maps.ts";
import { countOn, isSame, programKey, sharedPrograms } from "./shared-program.ts";
import { together } from "./together.ts";
import { WorkloadTracking } from "./workload-tracking.ts";

const ENDED = "Cannot change policies: the sensor has ended";

/** Loads policies, and takes their records. */
export class SensorPolicies implements Disposable {
  readonly #settings: SensorPoliciesSettings;
  readonly #maps: SharedMaps;
  readonly #resources: DisposableStack;
  readonly #kernel: ForgottenKernel;
  readonly #records: PolicyRecords;
  readonly #policies = new Map<string, LoadedPolicy>();
  /** The same, by what entries of programs say. */
  readonly #byPolicy = new Map<Policy, LoadedPolicy>();
  /** By {@link programKey} of its places. */
  readonly #hooks = new Map<string, InstalledHook>();
  readonly #tracking: ProcessTracking;
  readonly #leftovers: Leftovers;
  readonly #enforcers: Enforcers;
  readonly workloads: WorkloadTracking;
  readonly #containerFiles: ContainerFiles;
  /** By document: policies whose programs are there and rest. */
  readonly #prepared = new Map<Policy, Policy>();
  /** Numbers of programs that were detached, whose last records may still lie in the ring. */
  readonly #leaving: number[] = [];
  readonly #drain: Drain;
  #nextHook = 1;

  /** @throws TetradError `unsupported` when the kernel shows no types, or refuses the maps. */
  constructor(settings: SensorPoliciesSettings) {
    const { context, memory, pins } = settings;
    using stack = new DisposableStack();
    this.#settings = settings;
    this.#kernel = new ForgottenKernel(context.settings.btf ?? "");
    const { procfs = "/proc", pods } = context.settings;
    const kernel = () => this.#kernel.get();
    const tracking = { types: () => kernel().types, procfs, pins, pods };
    this.#tracking = stack.use(new ProcessTracking(tracking));
    this.workloads = stack.use(new WorkloadTracking(tracking));
    this.#containerFiles = new ContainerFiles({
      procfs,
      selected: (selector) => this.workloads.selected(selector),
      change: (hooks) =>
        this.#change([...this.#wanted().filter(({ hook }) => !isInContainers(hook)), ...hooks]),
      onError: (error) => this.workloads.onError(error),
    });
    this.#maps = stack.use(new SharedMaps());
    this.#enforcers = stack.use(new Enforcers({ kernel, maps: this.#maps, pins }));
    this.#leftovers = stack.use(new Leftovers());
    this.#records = stack.use(new PolicyRecords(context, memory));
    this.#drain = new Drain(settings.wake);
    this.#resources = stack.move();
  }

  /** What policies are checked against and compiled for. */
  get kernel(): RunningKernel {
    return this.#kernel.get();
  }

  /** Makes events of the record at `offset`. */
  handle(offset: number): void {
    this.#records.handle(offset);
  }

  /** To be called when all records have been read: forgets programs that were detached. */
  settle(): void {
    for (const hook of this.#leaving.splice(0)) this.#records.delete(hook);
    this.#drain.settle();
  }

  /** Resolves when all that has been recorded by now has become events. */
  drained(): Promise<void> {
    return this.#resources.disposed ? Promise.resolve() : this.#drain.wait();
  }

  /**
   * Loads a policy. Where others have hooks at the same place, a program for all of them takes the place of theirs before
   * that one goes; and so it is with the policy that has its key, if there is one. Takes the rights to load programs.
   * @param key What it is called from now on.
   * @throws TetradError `unsupported` when a hook cannot be compiled, loaded or attached: then nothing is changed.
   */
  put(key: string, document: Policy, state: PolicyState = { mode: document.mode, isEnabled: true }): void {
    const before = this.#policies.get(key)?.policy;
    const prepared = this.#prepared.get(document);
    const policy = prepared ?? withLinksResolved(document);
    const loaded = { key, policy, ...state };
    if (prepared !== undefined) {
      this.#prepared.delete(document);
      this.#begin(loaded);
      return;
    }
    const hooks = placesOf(policy, this.kernel);
    this.#byPolicy.set(policy, loaded);
    try {
      this.#change([...this.#wanted().filter((each) => each.policy !== before), ...hooks]);
    } catch (error) {
      this.#byPolicy.delete(policy);
      throw error;
    }
    if (before !== undefined) this.#byPolicy.delete(before);
    this.#policies.set(key, loaded);
    this.#leftovers.settle();
    this.#follow();
  }

  #follow(): void {
    this.#containerFiles.follow([...this.#policies.values()].map(({ policy }) => policy));
  }

  /**
   * Says which policies will be added next: their programs are prepared at once, and {@link put} takes no more than a store. None:
   * that is over, and what was prepared and not added goes.
   */
  expect(documents: readonly Policy[]): void {
    if (documents.length === 0) {
      this.#endExpected();
      return;
    }
    const policies = documents.map((document) => [document, withLinksResolved(document)] as const);
    const hooks = policies.flatMap(([, policy]) => policy.hooks.map((hook) => ({ policy, hook })));
    this.#tracking.expect(conditionsOf(hooks));
    this.#prepare(policies);
  }

  /** Where they cannot be loaded together, as many of them as can. */
  #prepare(policies: readonly (readonly [document: Policy, policy: Policy])[]): void {
    together(policies, (some) => {
      const added = some.flatMap(([, policy]) => placesOf(policy, this.kernel));
      this.#change([...this.#wanted(), ...added]);
      for (const [document, policy] of some) this.#prepared.set(document, policy);
    });
  }

  #endExpected(): void {
    this.#leftovers.settle();
    this.#prepared.clear();
    this.#tracking.expect([]);
    try {
      this.#change(this.#wanted().filter(({ policy }) => this.#byPolicy.has(policy)));
    } catch (error) {
      // What nobody wants stays, and rests.
      if (!(error instanceof TetradError)) throw error;
    }
  }

  /** A policy whose programs are there begins, and ends the one that has its key, whose programs rest until they go. */
  #begin(loaded: LoadedPolicy): void {
    const before = this.#policies.get(loaded.key)?.policy;
    this.#byPolicy.set(loaded.policy, loaded);
    this.#policies.set(loaded.key, loaded);
    for (const hook of this.#hooks.values()) this.#setStates(hook);
    if (before !== undefined) this.#byPolicy.delete(before);
    for (const hook of this.#hooks.values()) this.#setStates(hook);
    this.#follow();
  }

  /** Detaches a policy. What it has recorded by then still becomes events. @returns Whether there was one. */
  delete(key: string): boolean {
    const known = this.#policies.get(key);
    if (known === undefined) return false;
    this.#change(this.#wanted().filter(({ policy }) => policy !== known.policy));
    this.#policies.delete(key);
    this.#byPolicy.delete(known.policy);
    this.#follow();
    return true;
  }

  /** Of the policies that are loaded. */
  get keys(): string[] {
    return [...this.#policies.keys()];
  }

  /** What there is to say of a policy that is loaded. */
  facts(key: string): LoadedFacts {
    const { policy } = this.#policies.get(key)!;
    const counts = { events: this.#records.counts.facts(policy), process: this.#tracking };
    return loadedFacts(policy, [...this.#hooks.values()], counts);
  }

  /**
   * Has a policy enforce or only post, act or rest, from now on. Takes no rights: programs stay as they are.
   * @returns Whether there is such a policy.
   */
  configure(key: string, change: Partial<PolicyState>): boolean {
    const known = this.#policies.get(key);
    if (known === undefined) return false;
    known.mode = change.mode ?? known.mode;
    known.isEnabled = change.isEnabled ?? known.isEnabled;
    for (const hook of this.#hooks.values()) this.#setStates(hook);
    return true;
  }

  /** As that of {@link SharedMaps}. */
  get missed(): number {
    return this.#maps.missed;
  }

  /** Detaches all of them. */
  [Symbol.dispose](): void {
    using _ = this.#resources;
    this.#containerFiles[Symbol.dispose]();
    this.settle();
    for (const hook of this.#hooks.values()) hook[Symbol.dispose]();
    this.#hooks.clear();
  }

  /** The hooks of all policies that are loaded, each with the place where it is. */
  #wanted(): PlacedHook[] {
    return [...this.#hooks.values()].flatMap(({ compiled: { plan, points } }) =>
      points.flatMap((point, place) =>
        plan.entries.map(({ entry: { policy, hooks } }) => ({ policy, hook: hooks[place]!, point })),
      ),
    );
  }

  /** Puts in place what is wanted: new programs are attached before old ones go. */
  #change(wanted: readonly PlacedHook[]): void {
    // A change may have waited for its turn until now.
    if (this.#resources.disposed) throw new TetradError("unsupported", ENDED);
    const programs = new Map(sharedPrograms(wanted).map((program) => [program.key, program]));
    using stack = new DisposableStack();
    const added = [...programs.values()].filter((program) => !isSame(this.#hooks.get(program.key), program));
    const addedKeys = new Set(added.map(({ key }) => key));
    const removed = [...this.#hooks].filter(([key]) => !programs.has(key) || addedKeys.has(key));
    const positions: number[] = [];
    stack.defer(() => this.#maps.giveBack(positions));
    stack.defer(() => this.#keepOnly(this.#wanted()));
    this.#tracking.prepare(conditionsOf(wanted));
    this.workloads.prepare(workloadsOf(wanted));
    this.#enforcers.prepare(wanted);
    const installed = installPrograms(added, {
      ...this.#settings,
      kernel: () => this.kernel,
      tracking: this.#tracking,
      workloads: this.workloads,
      nextHook: () => this.#nextHook++,
      positions,
      stack,
      maps: this.#maps,
      enforcers: this.#enforcers,
      leftovers: this.#leftovers,
    });
    for (const hook of installed) hook.attach(this.#settings.pins);
    stack.move();
    for (const hook of installed) {
      this.#records.add(hook.compiled);
      this.#setStates(hook);
    }
    const replaced = removed.map(([, hook]) => hook);
    countOn(installed, replaced);
    for (const [key, hook] of removed) this.#end(key, hook);
    for (const hook of installed) this.#hooks.set(programKey(hook.compiled.points), hook);
    this.#keepOnly(wanted);
  }

  /** Gives up what no hook asks for. */
  #keepOnly(wanted: readonly Wanted[]): void {
    this.#tracking.keepOnly(conditionsOf(wanted));
    this.workloads.keepOnly(workloadsOf(wanted));
    this.#enforcers.keepOnly(wanted);
  }

  /** The entries of a program act from now on. */
  #setStates({ compiled }: InstalledHook): void {
    for (const { entry } of compiled.plan.entries) {
      const known = this.#byPolicy.get(entry.policy);
      this.#maps.setState(entry.position, known?.isEnabled === true ? known.mode : "off");
    }
  }

  #end(key: string, hook: InstalledHook): void {
    this.#maps.giveBack(hook.compiled.plan.entries.map(({ entry }) => entry.position));
    hook[Symbol.dispose]();
    this.#hooks.delete(key);
    this.#leaving.push(hook.compiled.hook);
  }
}
