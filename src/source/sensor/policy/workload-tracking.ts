/**
 * @module Keeps in the kernel which cgroups are those of containers, and for each which selectors of workloads are for it, as long as a
 * loaded policy has one.
 */
import { constants, openSync } from "node:fs";
import type { TypeSource } from "../../../kernel/btf/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { Descriptor } from "../../../os/descriptor.ts";
import { TetradError } from "../../../os/error.ts";
import { ConditionMaps, fillMaps } from "../../../policy/condition/index.ts";
import {
  WORKLOAD_MAP,
  WORKLOAD_SET_SIZE,
  WorkloadSelectors,
  workloadMap,
} from "../../../policy/condition/process/index.ts";
import {
  NEW_CONTAINER,
  NEW_CONTAINER_MAP,
  POD_KEY_SIZE,
  POD_MAP,
  workloadProgramMaps,
  workloadPrograms,
} from "../../../policy/process/index.ts";
import {
  asksOfPods,
  type Container,
  type ContainerFigures,
  type PodSource,
  type StartingContainer,
  selectsContainer,
  type WorkloadSelector,
} from "../../../policy/workload.ts";
import { type ContainerCgroups, containerCgroups, containerHierarchy } from "../scope/cgroup-hierarchy.ts";
import { JudgedContainers } from "./judged-containers.ts";
import type { PinnedLinks } from "./pinned-links.ts";
import { RoomCheck } from "./room-check.ts";
import { StartingContainers } from "./starting-containers.ts";
import { waitForPod } from "./wait-for-pod.ts";
import {
  cgroupNumber,
  cgroupOf,
  cgroupsInside,
  hasProcesses,
  type WorkloadCgroup,
  workloadCgroups,
} from "./workload-cgroups.ts";
import { entryOf, type PutOutcome, WorkloadValues } from "./workload-values.ts";

/** Where cgroups are found. */
export interface WorkloadTrackingSettings {
  /** The kernel's, which are not kept. */
  readonly types: () => TypeSource;
  readonly procfs: string;
  /** Without one, selectors that ask for labels or namespaces are refused. */
  readonly pods: PodSource | undefined;
  readonly pins: PinnedLinks | undefined;
}

/** How long changes of pods are gathered before somebody looks for their cgroups, milliseconds. */
const GATHER_MS = 20;
/** Selectors may be for it, whatever they ask: it is not known which container it is. */
const ANY = new Uint8Array(WORKLOAD_SET_SIZE).fill(0xff);

/** The cgroups of containers, and the programs that see new ones. */
export class WorkloadTracking implements Disposable {
  /** Programs of hooks ask for the bits of these. */
  readonly selectors: WorkloadSelectors;
  readonly #settings: WorkloadTrackingSettings;
  readonly #starting = new StartingContainers();
  readonly #judged = new JudgedContainers();
  #object: KernelObject | undefined;
  #cgroups: (ContainerCgroups & { readonly root: Descriptor }) | undefined;
  #unsubscribe: (() => void) | undefined;
  /** Takes what goes wrong when pods change. @default nobody does */
  onError: (error: unknown) => void = () => {};
  /** Takes what a user should know. @default nobody does */
  onWarning: (message: string) => void = () => {};
  /** UIDs of pods that have changed. */
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #values: WorkloadValues | undefined;
  #room: RoomCheck | undefined;

  constructor(settings: WorkloadTrackingSettings) {
    this.#settings = settings;
    const { subsystem } = containerHierarchy(settings.procfs) ?? {};
    this.selectors = new WorkloadSelectors({ knowsPods: settings.pods !== undefined, subsystem });
  }

  /**
   * Sees to it that the kernel knows what selectors are for, of the cgroups that there are as well. To be called before programs are
   * loaded that ask. Takes the rights to load programs.
   * @throws TetradError `unsupported` when a selector cannot be decided on this host, or the kernel refuses a program.
   */
  prepare(selectors: readonly WorkloadSelector[]): void {
    if (selectors.length === 0) return;
    const known = this.selectors.all.length;
    for (const selector of selectors) this.selectors.bitOf(selector);
    if (this.#object !== undefined && this.selectors.all.length === known) return;
    const isFirst = this.#object === undefined;
    this.#object ??= this.#load();
    this.#refresh(isFirst);
  }

  /**
   * Decides about a container whose first process has not begun, and is not to begin before this resolves. Where a policy asks for more
   * than is known of its pod, that is waited for.
   * @throws TetradError `failed` when the pod does not become known in time, or the container's cgroup is not there.
   */
  async begin(container: StartingContainer): Promise<void> {
    const cgroup = this.#cgroups && cgroupOf(this.#cgroups.directory, container);
    // Where names tell of no container, processes are the host's, whatever somebody says.
    if (this.#cgroups !== undefined && cgroup === undefined) return;
    const podUid = cgroup === undefined ? container.podUid : cgroup.podUid;
    this.#starting.add(container);
    if (podUid !== "" && this.#asksOfPods) await waitForPod(podUid, this.#settings.pods);
    if (cgroup === undefined || this.#cgroups === undefined) return;
    this.#judged.add(podUid, container.id);
    this.#put(cgroup);
    for (const directory of cgroupsInside(cgroup.directory))
      this.#put({ ...cgroup, directory, owners: [...cgroup.owners, cgroup.directory] });
  }

  /** What programs could not see, or saw too late. */
  get figures(): ContainerFigures {
    return { missed: this.#room?.missed ?? 0, judgedLate: this.#judged.late };
  }

  /** The containers that a selector is for, by what is known of them now; the cgroups inside of one as well, its own first. */
  *selected(selector: WorkloadSelector): Generator<WorkloadCgroup & { readonly id: string }> {
    const directory = this.#cgroups?.directory ?? containerCgroups(this.#settings.procfs)?.directory;
    if (directory === undefined) return;
    for (const cgroup of workloadCgroups(directory)) {
      const { containerId: id } = cgroup;
      const container = this.#containerOf(cgroup);
      if (id !== "" && container !== undefined && selectsContainer(selector, container))
        yield { ...cgroup, id };
    }
  }

  /** Gives up what no selector asks for. To be called when no program asks for it any more. */
  keepOnly(selectors: readonly WorkloadSelector[]): void {
    this.selectors.keepOnly(selectors);
    if (selectors.length === 0) this[Symbol.dispose]();
  }

  /** The map of that name, if it is one of these. */
  findMap(name: string): { readonly fd: number } | undefined {
    return name === WORKLOAD_MAP ? this.#object?.map(name) : undefined;
  }

  /** Detaches the programs and forgets all cgroups. Idempotent; {@link prepare} may begin again. */
  [Symbol.dispose](): void {
    const object = this.#object;
    this.#object = undefined;
    this.#cgroups?.root[Symbol.dispose]();
    this.#cgroups = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    this.#room?.[Symbol.dispose]();
    this.#room = undefined;
    this.#timer = undefined;
    this.#values = undefined;
    this.#changed.clear();
    this.#judged.clear();
    object?.[Symbol.dispose]();
  }

  /** Decides anew about all containers. What is made meanwhile the programs see, by what they are given first. */
  #refresh(isFirst: boolean): void {
    const { pods } = this.#settings;
    this.#values!.setOutside(
      this.#bits(({ hasHost }) => hasHost),
      ANY,
    );
    const classes = this.#object!.map(NEW_CONTAINER_MAP);
    classes.update(NEW_CONTAINER.notOfPod, entryOf(this.#setOf({ isOfPod: false })));
    classes.update(NEW_CONTAINER.ofPod, entryOf(this.#setOf({ isOfPod: true })));
    for (const { uid } of pods?.all() ?? []) this.#putPod(uid);
    for (const cgroup of workloadCgroups(this.#cgroups!.directory))
      if (this.#put(cgroup) === "full" && isFirst) this.#values!.countMissed();
  }

  /** A pod has come, changed or gone: new cgroups of it are known at once, those that there are in a moment. */
  #change(uid: string): void {
    if (!this.#asksOfPods) return;
    this.#contained(() => this.#putPod(uid));
    if (this.#settings.pods?.pod(uid) === undefined) {
      this.#judged.delete(uid);
      return;
    }
    this.#changed.add(uid);
    this.#timer ??= setTimeout(() => this.#contained(() => this.#putChanged()), GATHER_MS);
  }

  #putChanged(): void {
    this.#timer = undefined;
    const changed = new Set(this.#changed);
    this.#changed.clear();
    for (const cgroup of workloadCgroups(this.#cgroups!.directory, (each) => changed.has(each)))
      if (changed.has(cgroup.podUid)) this.#put(cgroup, true);
  }

  /** Who says that a pod has changed is not to suffer from it. */
  #contained(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.onError(error);
    }
  }

  get #asksOfPods(): boolean {
    return this.selectors.all.some(({ selector }) => asksOfPods(selector));
  }

  /** What the program that sees the cgroup of a pod made goes by. */
  #putPod(uid: string): void {
    const map = this.#object!.map(POD_MAP);
    const pod = this.#settings.pods?.pod(uid);
    for (const spelling of new Set([uid, uid.replaceAll("-", "_")])) {
      const key = new Uint8Array(POD_KEY_SIZE);
      new TextEncoder().encodeInto(spelling, key);
      if (pod === undefined) map.delete(key);
      else map.update(key, entryOf(this.#setOf({ isOfPod: true, pod })));
    }
  }

  /** What is known of whose cgroup it is; `undefined` where that is nothing. */
  #containerOf({ podUid, containerId, isOfPod }: WorkloadCgroup): Container | undefined {
    const { pods } = this.#settings;
    const pod = (podUid === "" ? undefined : pods?.pod(podUid)) ?? pods?.podOf(containerId);
    // A container that comes into the cgroup of an unknown pod is told by its own name.
    if (containerId === "" && pod === undefined) return undefined;
    const label = pod?.containers.get(containerId) ?? this.#starting.labelOf(containerId);
    return { isOfPod: isOfPod || pod !== undefined, pod, label };
  }

  /** @param isLate Whether the container may have run already, without that anybody knew of its pod. */
  #put(cgroup: WorkloadCgroup, isLate = false): PutOutcome | undefined {
    const container = this.#containerOf(cgroup);
    const number = container && cgroupNumber(cgroup.directory);
    if (container === undefined || number === undefined) return undefined;
    const { podUid, containerId, directory, owners } = cgroup;
    const outcome = this.#values!.put(
      number,
      this.#setOf(container),
      owners.map(cgroupNumber).filter((each) => each !== undefined),
    );
    if (containerId === "" || container.pod === undefined || container.label === undefined) return outcome;
    if (this.#judged.add(podUid, containerId) && isLate && outcome === "gained" && hasProcesses(directory))
      this.#judged.late++;
    return outcome;
  }

  /** The programs come first: what is made while the others are looked for they see. */
  #load(): KernelObject {
    const cgroups = containerCgroups(this.#settings.procfs);
    if (cgroups === undefined)
      throw new TetradError(
        "unsupported",
        "Cannot tell containers apart in the kernel: the hierarchy of their cgroups is not mounted",
      );
    using stack = new DisposableStack();
    const object = stack.use(new KernelObject());
    const maps = new ConditionMaps("tetrad_w");
    object.createMaps([workloadMap(), ...workloadProgramMaps()]);
    const programs = workloadPrograms({
      types: this.#settings.types(),
      maps,
      hierarchy: cgroups.hierarchy,
    });
    fillMaps(object, maps.all);
    const { pins } = this.#settings;
    for (const link of object.attach(...programs)) if (pins !== undefined) stack.use(pins.pin(link));
    // The way there may take rights that the agent gives up.
    const root = new Descriptor(openSync(cgroups.directory, constants.O_RDONLY | constants.O_DIRECTORY));
    stack.move();
    this.#cgroups = { ...cgroups, root, directory: `/proc/self/fd/${root.fd}` };
    this.#unsubscribe = this.#settings.pods?.subscribe((uid) => this.#change(uid));
    this.#values = new WorkloadValues(object.map(WORKLOAD_MAP));
    this.#room = new RoomCheck(this.#values, (message) => this.onWarning(message));
    return object;
  }

  /** The selectors that are for a container, a bit each. */
  #setOf(container: Container): Uint8Array {
    return this.#bits((selector) => selectsContainer(selector, container));
  }

  #bits(holds: (selector: WorkloadSelector) => boolean): Uint8Array {
    const set = new Uint8Array(WORKLOAD_SET_SIZE);
    for (const { selector, bit } of this.selectors.all) if (holds(selector)) set[bit >> 3]! |= 1 << (bit & 7);
    return set;
  }
}
