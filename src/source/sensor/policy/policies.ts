/** @module The policies that are loaded: they come and go, and change, while the sensor runs. */

import { haveHelper } from "../../../kernel/feature/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { BPF_F_MMAPABLE, BPF_MAP_TYPE } from "../../../kernel/map/index.ts";
import type { ProgramBuilder } from "../../../kernel/program/index.ts";
import { TetradError } from "../../../os/error.ts";
import { Mapping, PROT } from "../../../os/mapping.ts";
import { withLinksResolved } from "../../../policy/binary-links.ts";
import {
  type AttachPoint,
  attachPoints,
  type CompiledHook,
  type CompileSettings,
  compileHook,
  ENTRY_STATE,
  MOST_ENTRIES,
  overrideMap,
  POLICY_MAPS,
  type PolicyEntry,
  policyMaps,
  rateMap,
} from "../../../policy/compile/index.ts";
import type { Condition, Hook, Policy, PolicyMode } from "../../../policy/policy.ts";
import { type DecoderContext, POLICY_RECORD, SENSOR_MAPS } from "../probe/index.ts";
import { leaveUnlessInScope, type Scope } from "../probe/shared/scope.ts";
import { hostNamespaces } from "./host-namespaces.ts";
import { InstalledHook } from "./installed-hook.ts";
import { RunningKernel } from "./kernel.ts";
import { ProcessTracking } from "./process-tracking.ts";
import { PolicyRecords } from "./records.ts";

/** What {@link SensorPolicies} works with. */
export interface SensorPoliciesSettings {
  /** Holds the maps that all programs of the sensor share, and outlives this. */
  readonly shared: KernelObject;
  /** The ring buffer's memory. */
  readonly memory: ArrayBuffer;
  readonly context: DecoderContext;
  readonly scope: Scope | undefined;
}

/** A hook of a policy, at one place. */
interface Wanted {
  readonly policy: Policy;
  readonly hook: Hook;
}

/** Loads policies, and takes their records. */
export class SensorPolicies implements Disposable {
  readonly #settings: SensorPoliciesSettings;
  readonly #object: KernelObject;
  readonly #resources: DisposableStack;
  /** What policies are checked against and compiled for. */
  readonly kernel: RunningKernel;
  readonly #records: PolicyRecords;
  /** By position of an entry: its state. */
  readonly #states: BigUint64Array;
  /** Positions that no entry has. */
  readonly #free = Array.from({ length: MOST_ENTRIES }, (_, index) => MOST_ENTRIES - 1 - index);
  readonly #policies = new Map<string, { readonly policy: Policy; mode: PolicyMode }>();
  /** By key of the place. */
  readonly #hooks = new Map<string, InstalledHook>();
  readonly #tracking: ProcessTracking;
  /** Names of maps that not every policy needs, and that are there. */
  readonly #opened = new Set<string>();
  /** Numbers of programs that were detached, whose last records may still lie in the ring. */
  readonly #leaving: number[] = [];
  #nextHook = 1;

  /** @throws TetradError `unsupported` when the kernel shows no types, or refuses the maps. */
  constructor(settings: SensorPoliciesSettings) {
    const { shared, context, memory } = settings;
    using stack = new DisposableStack();
    this.#settings = settings;
    this.kernel = new RunningKernel(context.settings.btf ?? "");
    this.#tracking = stack.use(
      new ProcessTracking({ types: this.kernel.types, procfs: context.settings.procfs ?? "/proc" }),
    );
    this.#object = stack.use(new KernelObject((name) => shared.map(name)));
    const valueSize = MOST_ENTRIES * BigUint64Array.BYTES_PER_ELEMENT;
    this.#object.createMaps([
      ...policyMaps(),
      {
        name: POLICY_MAPS.state,
        type: BPF_MAP_TYPE.ARRAY,
        keySize: 4,
        valueSize,
        maxEntries: 1,
        flags: BPF_F_MMAPABLE,
      },
    ]);
    const states = stack.use(
      new Mapping(this.#object.map(POLICY_MAPS.state).fd, valueSize, PROT.READ | PROT.WRITE, 0),
    );
    this.#states = new BigUint64Array(states.buffer, 0, MOST_ENTRIES);
    this.#records = new PolicyRecords(context, memory);
    this.#resources = stack.move();
  }

  /** Makes events of the record at `offset`. */
  handle(offset: number): void {
    this.#records.handle(offset);
  }

  /** To be called when all records have been read: forgets programs that were detached. */
  settle(): void {
    for (const hook of this.#leaving.splice(0)) this.#records.delete(hook);
  }

  /**
   * Loads a policy. Where others have hooks at the same place, a program for all of them takes the place of theirs before
   * that one goes. Takes the rights to load programs.
   * @throws TetradError `unsupported` when a hook cannot be compiled, loaded or attached: then nothing is changed.
   */
  add(document: Policy): void {
    const policy = withLinksResolved(document);
    const key = keyOf(policy);
    if (this.#policies.has(key))
      throw new TetradError("config", `Cannot load policy "${policy.name}": it is loaded`);
    this.#change([...this.#wanted(), ...this.#hooksOf(policy)], new Map([[key, policy.mode]]));
    this.#policies.set(key, { policy, mode: policy.mode });
  }

  /** Says which policies will be added next: what they ask of processes is prepared at once for all of them. */
  expect(documents: readonly Policy[]): void {
    const policies = documents.map((document) => withLinksResolved(document));
    const hooks = policies.flatMap((policy) => policy.hooks.map((hook) => ({ policy, hook })));
    this.#tracking.expect(conditionsOf(hooks));
    if (documents.length === 0) this.#tracking.keepOnly(conditionsOf(this.#wanted()));
  }

  /** Detaches a policy. What it has recorded by then still becomes events. @returns Whether there was one. */
  delete(name: string, namespace?: string): boolean {
    const key = keyOf({ name, namespace });
    if (!this.#policies.has(key)) return false;
    this.#change(this.#wanted().filter(({ policy }) => keyOf(policy) !== key));
    this.#policies.delete(key);
    return true;
  }

  /** Detaches all of them. */
  [Symbol.dispose](): void {
    using _ = this.#resources;
    for (const hook of this.#hooks.values()) hook[Symbol.dispose]();
    this.#hooks.clear();
  }

  /** The hooks of all policies that are loaded, each with the place where it is. */
  #wanted(): (Wanted & { readonly point: AttachPoint })[] {
    return [...this.#hooks.values()].flatMap(({ compiled: { plan, point } }) =>
      plan.entries.map(({ entry: { policy, hook } }) => ({ policy, hook, point })),
    );
  }

  /** @throws TetradError `unsupported` when the kernel does not have a place that the policy cannot do without. */
  #hooksOf(policy: Policy): (Wanted & { readonly point: AttachPoint })[] {
    return policy.hooks.flatMap((hook) => {
      const found = attachPoints(hook, this.kernel).filter((point) => this.kernel.has(point));
      if (found.length === 0 && !hook.ignoresMissingCall)
        throw new TetradError(
          "unsupported",
          `Cannot hook ${describeTarget(hook.target)}: this kernel does not have it`,
        );
      return found.map((point) => ({ policy, hook, point }));
    });
  }

  /** Puts in place what is wanted: new programs are attached before old ones go. */
  #change(
    wanted: readonly (Wanted & { readonly point: AttachPoint })[],
    modes: ReadonlyMap<string, PolicyMode> = new Map(),
  ): void {
    const byKey = Map.groupBy(wanted, ({ point }) => point.key);
    using stack = new DisposableStack();
    const added = [...byKey].filter(([key, wanted]) => !isSame(this.#hooks.get(key), wanted));
    const removed = [...this.#hooks].filter(
      ([key]) => !byKey.has(key) || added.some(([other]) => other === key),
    );
    const positions: number[] = [];
    stack.defer(() => this.#free.push(...positions));
    stack.defer(() => this.#tracking.keepOnly(conditionsOf(this.#wanted())));
    this.#tracking.prepare(conditionsOf(wanted));
    const installed = added.map(([, wanted]) => {
      const entries = wanted.map(({ policy, hook }): PolicyEntry => {
        const position = this.#free.pop();
        if (position === undefined)
          throw new TetradError("failed", `Cannot load more than ${MOST_ENTRIES} hooks`);
        positions.push(position);
        this.#states[position] = BigInt(ENTRY_STATE.off);
        return { policy, hook, position };
      });
      const compiled = compileHook(wanted[0]!.point, entries, this.#nextHook++, this.#compileSettings);
      this.#openMaps(compiled);
      return stack.use(new InstalledHook(compiled, (name) => this.#findMap(name)));
    });
    for (const hook of installed) hook.attach();
    stack.move();
    for (const hook of installed) this.#begin(hook, modes);
    for (const [key, hook] of removed) this.#end(key, hook);
    for (const hook of installed) this.#hooks.set(hook.compiled.point.key, hook);
    this.#tracking.keepOnly(conditionsOf(wanted));
  }

  /** The entries of a program act from now on. */
  #begin({ compiled }: InstalledHook, modes: ReadonlyMap<string, PolicyMode>): void {
    this.#records.add(compiled);
    for (const { entry } of compiled.plan.entries) {
      const key = keyOf(entry.policy);
      const mode = modes.get(key) ?? this.#policies.get(key)?.mode ?? entry.policy.mode;
      this.#states[entry.position] = BigInt(ENTRY_STATE[mode]);
    }
  }

  #end(key: string, hook: InstalledHook): void {
    for (const { entry } of hook.compiled.plan.entries) {
      this.#states[entry.position] = BigInt(ENTRY_STATE.off);
      this.#free.push(entry.position);
    }
    hook[Symbol.dispose]();
    this.#hooks.delete(key);
    this.#leaving.push(hook.compiled.hook);
  }

  get #compileSettings(): CompileSettings {
    const { scope } = this.#settings;
    return {
      kernel: this.kernel,
      kind: POLICY_RECORD,
      ring: SENSOR_MAPS,
      process: {
        facts: this.#tracking.facts,
        hostNamespaces: hostNamespaces(this.#settings.context.settings.procfs ?? "/proc"),
        hasTypedTask: haveHelper("kprobe", "get_current_task_btf").answer === "yes",
      },
      hasOverrideReturn: haveHelper("kprobe", "override_return").answer === "yes",
      leaveUnlessInScope(b: ProgramBuilder) {
        if (scope !== undefined) leaveUnlessInScope(b, b.currentTask("task"), scope);
      },
    };
  }

  /** Makes the maps that not every policy needs, once one does. */
  #openMaps({ entry }: CompiledHook): void {
    const wanted = [rateMap(), overrideMap()].filter(
      ({ name }) => !this.#opened.has(name) && entry.assembly.mapReferences.some(({ map }) => map === name),
    );
    this.#object.createMaps(wanted);
    for (const { name } of wanted) this.#opened.add(name);
  }

  #findMap(name: string): { readonly fd: number } {
    const record = this.#tracking.findMap(name);
    if (record !== undefined) return record;
    const isOwn = this.#opened.has(name) || Object.values(POLICY_MAPS).some((own) => own === name);
    return isOwn ? this.#object.map(name) : this.#settings.shared.map(name);
  }
}

/** What a hook is on, in words. */
function describeTarget(target: Hook["target"]): string {
  if (target.kind === "tracepoint") return `tracepoint "${target.subsystem}/${target.event}"`;
  return `${target.kind === "syscall" ? "system call" : "function"} "${target.name}"`;
}

/** Names of policies are unique in their namespace. */
function keyOf({ name, namespace }: Pick<Policy, "name" | "namespace">): string {
  return `${namespace ?? ""}/${name}`;
}

/** What hooks ask before they act. */
function conditionsOf(wanted: readonly Wanted[]): Condition[] {
  return wanted.flatMap(({ hook }) => hook.selectors.flatMap(({ conditions }) => conditions));
}

/** Whether a program is for the same hooks. */
function isSame(installed: InstalledHook | undefined, wanted: readonly Wanted[]): boolean {
  const entries = installed?.compiled.plan.entries;
  return (
    entries?.length === wanted.length &&
    entries.every(({ entry }, index) => entry.hook === wanted[index]!.hook)
  );
}
