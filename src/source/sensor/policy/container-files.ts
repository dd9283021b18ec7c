/**
 * @module Hooks in files of containers: where in each container that a policy is for, those that start later, too. It is looked for again and
 * again, as often as containers come; what a container has there is its own affair, and no other one's.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { openProcessRoot } from "../../../os/contained-file.ts";
import { UserFiles } from "../../../policy/check/index.ts";
import { type AttachPoint, attachPoints } from "../../../policy/compile/index.ts";
import type { Hook, Policy } from "../../../policy/policy.ts";
import { asksForReturn } from "../../../policy/return-value.ts";
import {
  isInContainers,
  type ProbedFile,
  type UprobeTarget,
  type UserPlace,
} from "../../../policy/user-target.ts";
import type { WorkloadSelector } from "../../../policy/workload.ts";
import type { PlacedHook } from "./places.ts";

/** How often somebody looks for new containers, milliseconds. */
const LOOK_MS = 500;
/** How long until one is looked into again: where it was not ready, and where it was, since files change. */
const [RETRY_MS, AGAIN_MS] = [500, 30_000];
/** How often one is looked into that was not ready before it is left to the longer time. */
const MOST_TRIES = 20;
/** Files of containers that are hooked, of all policies together. */
const MOST_FILES = 1024;
/** Bytes of a list of processes: any of them will do. */
const PROCESSES_SIZE = 4096;

/** A container, and where its cgroup is. */
export interface SelectedContainer {
  readonly id: string;
  readonly directory: string;
}

/** What {@link ContainerFiles} is given. */
export interface ContainerFilesSettings {
  readonly procfs: string;
  /** The containers that a selector is for, by what is known now; the cgroups inside of one as well. */
  readonly selected: (selector: WorkloadSelector) => Iterable<SelectedContainer>;
  /** Hooks these, and no others in files of containers. @throws TetradError where one of them cannot be. */
  readonly change: (hooks: readonly PlacedHook[]) => void;
  /** Hears of errors that are no container's. */
  readonly onError: (error: unknown) => void;
}

/** What is known of a container. */
interface Known {
  readonly id: string;
  directories: string[];
  /** By what an entry of a policy looks for. */
  readonly looked: Map<ProbedFile, Looked>;
}

/** What was found in it. */
interface Looked {
  readonly places: readonly (readonly UserPlace[])[];
  readonly until: number;
  readonly tries: number;
}

/** Finds them, as long as a policy asks. */
export class ContainerFiles implements Disposable {
  readonly #settings: ContainerFilesSettings;
  readonly #files = new UserFiles(process.arch === "arm64" ? "arm64" : "x64");
  #policies: readonly Policy[] = [];
  #known = new Map<string, Known>();
  /** Keys of places that were refused, and until when they are left alone. */
  readonly #refused = new Map<string, number>();
  #hooked = "";
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(settings: ContainerFilesSettings) {
    this.#settings = settings;
  }

  /** These policies are loaded; those that ask for it are looked for in containers, now and from now on. */
  follow(policies: Iterable<Policy>): void {
    this.#policies = [...policies].filter(({ hooks }) => hooks.some(isInContainers));
    this.#hooked = "";
    if (this.#policies.length === 0) {
      this[Symbol.dispose]();
      return;
    }
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
    this.#look();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#policies = [];
    this.#known.clear();
    this.#refused.clear();
  }

  #look(): void {
    try {
      const now = performance.now();
      const before = this.#known;
      this.#known = new Map();
      const placed = this.#policies
        .flatMap((policy) => this.#placesOf(policy, before, now))
        .slice(0, MOST_FILES);
      this.#hook(placed, now);
    } catch (error) {
      this.#settings.onError(error);
    }
  }

  /** All at once; where that fails, one file after the other, so that no container's affairs are another's. */
  #hook(placed: readonly PlacedHook[], now: number): void {
    const allowed = placed.filter(({ point }) => (this.#refused.get(point.key) ?? 0) <= now);
    const wanted = allowed.map(({ point }) => point.key).join();
    if (wanted === this.#hooked) return;
    this.#hooked = wanted;
    try {
      this.#settings.change(allowed);
      return;
    } catch {
      // Whose fault it is will be seen.
    }
    const taken: PlacedHook[] = [];
    for (const file of Map.groupBy(allowed, ({ point }) => point.key).values()) {
      try {
        this.#settings.change([...taken, ...file]);
        taken.push(...file);
      } catch {
        this.#refused.set(file[0]!.point.key, now + AGAIN_MS);
      }
    }
    this.#hooked = taken.map(({ point }) => point.key).join();
  }

  #placesOf(policy: Policy, before: ReadonlyMap<string, Known>, now: number): PlacedHook[] {
    const { workload, hooks } = policy;
    if (workload === undefined) return [];
    const containers = new Map<string, Known>();
    for (const { id, directory } of this.#settings.selected(workload)) {
      let known = containers.get(id) ?? this.#known.get(id);
      if (known === undefined) {
        known = { id, directories: [], looked: before.get(id)?.looked ?? new Map() };
        this.#known.set(id, known);
      }
      if (!known.directories.includes(directory)) known.directories.push(directory);
      containers.set(id, known);
    }
    return hooks
      .filter(isInContainers)
      .flatMap((hook) => this.#placesOfHook(policy, hook, [...containers.values()], now));
  }

  #placesOfHook(policy: Policy, hook: Hook, containers: readonly Known[], now: number): PlacedHook[] {
    const target = hook.target as UprobeTarget;
    // A program in Go would end where its function returns.
    const isRight = ({ isGo }: UserPlace) => isGo !== true || !asksForReturn(hook);
    const userPlaces = () =>
      containers.flatMap((each) => this.#lookInto(each, target, now)[target.place] ?? []).filter(isRight);
    const points = attachPoints(hook, { userPlaces, systemCallSymbols: () => [] });
    const byFile = new Map<string, AttachPoint>();
    // What containers have in common is hooked once.
    for (const point of points) if (!byFile.has(point.key)) byFile.set(point.key, point);
    return [...byFile.values()].map((point) => ({ policy, hook, point }));
  }

  #lookInto(container: Known, { file }: UprobeTarget, now: number): Looked["places"] {
    const known = container.looked.get(file);
    if (known !== undefined && known.until > now) return known.places;
    const tries = known?.tries ?? 0;
    const places = this.#find(container, file);
    const until = now + (places === undefined && tries < MOST_TRIES ? RETRY_MS : AGAIN_MS);
    container.looked.set(file, { places: places ?? known?.places ?? [], until, tries: tries + 1 });
    return places ?? known?.places ?? [];
  }

  /** `undefined` where the container is not ready, or none of its processes may be looked at. */
  #find({ directories }: Known, file: ProbedFile): Looked["places"] | undefined {
    const { procfs } = this.#settings;
    const pid = directories.map(firstProcess).find((each) => each !== undefined && hasOwnRoot(procfs, each));
    if (pid === undefined) return undefined;
    try {
      return file.places.map((_, place) => {
        const found = this.#files.placesIn({ kind: "uprobe", file, place }, { procfs, pid });
        return "found" in found ? [] : found;
      });
    } catch {
      // It has no such file, or one that cannot be hooked.
      return [];
    }
  }
}

/** Any process of a cgroup; `undefined` where there is none. */
function firstProcess(directory: string): number | undefined {
  try {
    const fd = openSync(join(directory, "cgroup.procs"), "r");
    try {
      const bytes = Buffer.alloc(PROCESSES_SIZE);
      const pid = Number.parseInt(bytes.toString("latin1", 0, readSync(fd, bytes)), 10);
      return pid > 0 ? pid : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Whether its root directory is another than the host's, or the agent's: the runtime has one of these until the container begins. */
function hasOwnRoot(procfs: string, pid: number): boolean {
  try {
    const root = openProcessRoot(procfs, pid);
    if (root === undefined) return false;
    try {
      const { dev, ino } = fstatSync(root.fd);
      return ![`${procfs}/1/root/`, "/"].some((other) => isDirectory(other, dev, ino));
    } finally {
      closeSync(root.fd);
    }
  } catch {
    return false;
  }
}

/** Not that of a directory which may not be looked at, as the first process's of some hosts. */
function isDirectory(path: string, device: number, inode: number): boolean {
  try {
    const { dev, ino } = statSync(path);
    return dev === device && ino === inode;
  } catch {
    return false;
  }
}
