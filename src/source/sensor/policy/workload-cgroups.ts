/** @module The cgroups of pods and containers that there are, by the names of their directories. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { isMissing } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import type { StartingContainer } from "../../../policy/workload.ts";
import { containerId, isOpen } from "../process/container-id.ts";

/** A cgroup of a pod, of a container, or inside of one. */
export interface WorkloadCgroup {
  readonly directory: string;
  /** Of the pod that it is of; `""` where its place does not say. */
  readonly podUid: string;
  /** First 31 characters of the container's id; `""` for the cgroup of a pod itself. */
  readonly containerId: string;
  readonly isOfPod: boolean;
  /** Directories of the pod and the container that it is inside of, the outer one first. */
  readonly owners: readonly string[];
}

/** What Kubernetes calls the cgroup that those of its pods are in; the program that sees new ones looks for the same. */
const PODS = "kubepods";
/** What the kubelet calls the cgroup of a pod: its UID, which has underscores in names of slices, or the digest of a static pod. */
const POD = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

/** A pod's UID in the name of its cgroup, as the API has it; `""` where it is none of a pod. */
export function podUidOf(name: string): string {
  return POD.exec(name)?.[1]?.replaceAll("_", "-") ?? "";
}

/**
 * The cgroups of pods and containers and those inside of them, outer ones first: what is inside of one is looked for after it was taken.
 * Where others than root and its runtimes make cgroups, they are of none, whatever they are called.
 * @param isLookedInto Whether those of a pod are wanted. @default all are
 */
export function* workloadCgroups(
  directory: string,
  isLookedInto: (podUid: string) => boolean = () => true,
): Generator<WorkloadCgroup> {
  const around = { podUid: "", containerId: "", isOfPod: false, owners: [] };
  yield* inside(directory, around, isLookedInto);
}

type Around = Omit<WorkloadCgroup, "directory">;

function* inside(
  directory: string,
  around: Around,
  isLookedInto: (podUid: string) => boolean,
): Generator<WorkloadCgroup> {
  const isContainer = around.containerId !== "";
  if (!isContainer && !isOfRoot(directory)) return;
  for (const name of subdirectories(directory)) {
    const known = isContainer ? around : named(name, around);
    if (known === undefined || (known.podUid !== "" && !isLookedInto(known.podUid))) continue;
    const path = join(directory, name);
    const isKnown = known.podUid !== "" || known.containerId !== "";
    if (isKnown) yield { directory: path, ...known };
    const isOwner = isKnown && !isContainer && (known.containerId !== "" || known.podUid !== around.podUid);
    yield* inside(path, isOwner ? { ...known, owners: [...known.owners, path] } : known, isLookedInto);
  }
}

/** The cgroup in a directory, as {@link workloadCgroups} would come by it; `undefined` where it is of no pod and no container. */
export function workloadCgroup(root: string, directory: string): WorkloadCgroup | undefined {
  let around: Around = { podUid: "", containerId: "", isOfPod: false, owners: [] };
  let path = root;
  for (const name of relative(root, directory).split("/")) {
    if (around.containerId !== "") return { directory, ...around };
    const known = isOfRoot(path) ? named(name, around) : undefined;
    if (known === undefined) return undefined;
    path = join(path, name);
    const isOwner = known.containerId !== "" || known.podUid !== around.podUid;
    around = isOwner && path !== directory ? { ...known, owners: [...known.owners, path] } : known;
  }
  return around.containerId === "" ? undefined : { directory, ...around };
}

/** What the name of a cgroup outside of containers says; `undefined` where names say nothing from there on. */
function named(name: string, around: Around): Around | undefined {
  const id = containerId(name);
  if (id === "" && isOpen(name)) return undefined;
  const isOfPod = around.isOfPod || name.includes(PODS);
  return { ...around, podUid: around.podUid || (isOfPod ? podUidOf(name) : ""), containerId: id, isOfPod };
}

/** Who owns a cgroup makes those inside. */
function isOfRoot(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.uid === 0;
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

/**
 * A container's cgroup: where its runtime says, or where the cgroup of that name is, as inside of a node that is a container itself.
 * `undefined` where that is none of a container by its place and name. Whose it is the cgroup says, not who asks: it may be anybody.
 * @throws TetradError `failed` when it is nowhere, or of another container or pod.
 */
export function cgroupOf(root: string, container: StartingContainer): WorkloadCgroup | undefined {
  const { cgroupPath, podUid, id } = container;
  const said = join(root, join("/", cgroupPath));
  if (said !== join(root, "/") && cgroupNumber(said) !== undefined) {
    const found = workloadCgroup(root, said);
    if (found !== undefined) refuseOther(found, container);
    return found;
  }
  for (const found of workloadCgroups(root, (uid) => podUid === "" || uid === podUid))
    if (found.containerId === id && id !== "") return found;
  throw new TetradError("failed", `Cannot decide about container ${id}: found no cgroup ${cgroupPath}`);
}

function refuseOther(found: WorkloadCgroup, { id, podUid, cgroupPath }: StartingContainer): void {
  const isOther =
    found.containerId !== id || (podUid !== "" && found.podUid !== "" && found.podUid !== podUid);
  if (!isOther) return;
  const what = `${found.containerId}${found.podUid === "" ? "" : ` of pod ${found.podUid}`}`;
  throw new TetradError(
    "failed",
    `Cannot decide about container ${id}: cgroup ${cgroupPath} is that of ${what}`,
  );
}

/** The directories of all cgroups inside of one. */
export function* cgroupsInside(directory: string): Generator<string> {
  for (const name of subdirectories(directory)) {
    const path = join(directory, name);
    yield path;
    yield* cgroupsInside(path);
  }
}

/** A cgroup's number is that of its directory; `undefined` when it is gone. */
export function cgroupNumber(directory: string): bigint | undefined {
  return statSync(directory, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Whether a process is in a cgroup or one inside of it. */
export function hasProcesses(directory: string): boolean {
  try {
    if (readFileSync(join(directory, "cgroup.procs"), "latin1") !== "") return true;
  } catch {
    // It is gone, or one of threads.
  }
  return subdirectories(directory).some((name) => hasProcesses(join(directory, name)));
}
