/**
 * @module Keeps in the kernel which cgroups are those of containers, and for each which selectors of workloads are for it, as long as a
 * loaded policy has one.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TypeSource } from "../../../kernel/btf/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { isMissing } from "../../../os/caught.ts";
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
  workloadProgramMaps,
  workloadPrograms,
} from "../../../policy/process/index.ts";
import {
  type Container,
  type PodSource,
  selectsContainer,
  type WorkloadSelector,
} from "../../../policy/workload.ts";
import { containerId } from "../process/container-id.ts";
import { cgroup2Mount, containerHierarchy } from "../scope/cgroup-hierarchy.ts";
import type { PinnedLinks } from "./pinned-links.ts";

/** Where cgroups are found. */
export interface WorkloadTrackingSettings {
  /** The kernel's, which are not kept. */
  readonly types: () => TypeSource;
  readonly procfs: string;
  /** Without one, selectors that ask for labels or namespaces are refused. */
  readonly pods: PodSource | undefined;
  readonly pins: PinnedLinks | undefined;
}

/** The cgroups of containers, and the programs that see new ones. */
export class WorkloadTracking implements Disposable {
  /** Programs of hooks ask for the bits of these. */
  readonly selectors: WorkloadSelectors;
  readonly #settings: WorkloadTrackingSettings;
  #object: KernelObject | undefined;

  constructor(settings: WorkloadTrackingSettings) {
    this.#settings = settings;
    this.selectors = new WorkloadSelectors({ knowsPods: settings.pods !== undefined });
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
    this.#object ??= this.#load();
    this.refresh();
  }

  /** Decides anew about all containers: to be called when there is more to know of one. */
  refresh(): void {
    const object = this.#object;
    if (object === undefined) return;
    const classes = object.map(NEW_CONTAINER_MAP);
    classes.update(numberOf(NEW_CONTAINER.notOfPod), this.#setOf({ isOfPod: false }));
    classes.update(numberOf(NEW_CONTAINER.ofPod), this.#setOf({ isOfPod: true }));
    const map = object.map(WORKLOAD_MAP);
    for (const { directory, container } of containerCgroups(this.#mount)) {
      const set = this.#setOf({ ...container, ...this.#settings.pods?.container(container.id) });
      const inode = inodeOf(directory);
      if (inode !== undefined) map.update(new Uint8Array(BigUint64Array.of(inode).buffer), set);
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
    object?.[Symbol.dispose]();
  }

  get #mount(): string {
    const { procfs } = this.#settings;
    const mount = containerHierarchy(procfs) === undefined ? cgroup2Mount(procfs) : undefined;
    if (mount === undefined)
      throw new TetradError(
        "unsupported",
        "Cannot tell containers apart in the kernel: their cgroups are not in a v2 hierarchy",
      );
    return mount;
  }

  /** The programs come first: what is made while the others are looked for they see. */
  #load(): KernelObject {
    void this.#mount;
    using stack = new DisposableStack();
    const object = stack.use(new KernelObject());
    const maps = new ConditionMaps("tetrad_w");
    object.createMaps([workloadMap(), ...workloadProgramMaps()]);
    const programs = workloadPrograms(this.#settings.types(), maps);
    fillMaps(object, maps.all);
    const { pins } = this.#settings;
    for (const link of object.attach(...programs)) if (pins !== undefined) stack.use(pins.pin(link));
    stack.move();
    return object;
  }

  /** The selectors that are for a container, a bit each. */
  #setOf(container: Container): Uint8Array {
    const set = new Uint8Array(WORKLOAD_SET_SIZE);
    for (const { selector, bit } of this.selectors.all)
      if (selectsContainer(selector, container)) set[bit >> 3]! |= 1 << (bit & 7);
    return set;
  }
}

/** What Kubernetes calls the cgroup that those of its pods are in; the program that sees new ones looks for the same. */
const PODS = "kubepods";

/** The cgroups of containers and those inside of them. */
function* containerCgroups(
  directory: string,
  around?: Container & { readonly id: string },
): Generator<{ readonly directory: string; readonly container: Container & { readonly id: string } }> {
  for (const name of subdirectories(directory)) {
    const path = join(directory, name);
    const id = around === undefined ? containerId(name) : "";
    const container = around ?? (id === "" ? undefined : { id, isOfPod: path.includes(PODS) });
    if (container !== undefined) yield { directory: path, container };
    yield* containerCgroups(path, container);
  }
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? entry.name : [],
    );
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A cgroup's number is that of its directory; `undefined` when it is gone. */
function inodeOf(directory: string): bigint | undefined {
  return statSync(directory, { bigint: true, throwIfNoEntry: false })?.ino;
}

function numberOf(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
