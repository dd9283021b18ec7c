/** @module The cgroups of pods and containers that there are, by the names of their directories. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import type { StartingContainer } from "../../../policy/workload.ts";
import { containerId } from "../process/container-id.ts";

/** A cgroup of a pod, of a container, or inside of one. */
export interface WorkloadCgroup {
  readonly directory: string;
  /** Of the pod that it is of; `""` where its place does not say. */
  readonly podUid: string;
  /** First 31 characters of the container's id; `""` for the cgroup of a pod itself. */
  readonly containerId: string;
  readonly isOfPod: boolean;
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
 * @param isLookedInto Whether those of a pod are wanted. @default all are
 */
export function* workloadCgroups(
  directory: string,
  isLookedInto: (podUid: string) => boolean = () => true,
): Generator<WorkloadCgroup> {
  yield* inside(directory, { podUid: "", containerId: "", isOfPod: false }, isLookedInto);
}

function* inside(
  directory: string,
  around: Omit<WorkloadCgroup, "directory">,
  isLookedInto: (podUid: string) => boolean,
): Generator<WorkloadCgroup> {
  for (const name of subdirectories(directory)) {
    const isOfPod = around.isOfPod || name.includes(PODS);
    const podUid = around.podUid || (isOfPod ? podUidOf(name) : "");
    if (podUid !== "" && !isLookedInto(podUid)) continue;
    const known = { podUid, containerId: around.containerId || containerId(name), isOfPod };
    const path = join(directory, name);
    if (podUid !== "" || known.containerId !== "") yield { directory: path, ...known };
    yield* inside(path, known, isLookedInto);
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

/**
 * The directory of a container's cgroup: where its runtime says, or where the cgroup of that name is, as inside of a node that is a
 * container itself.
 * @throws TetradError `failed` when it is nowhere.
 */
export function findContainer(root: string, { cgroupPath, podUid, id }: StartingContainer): string {
  const said = join(root, join("/", cgroupPath));
  if (said !== join(root, "/") && cgroupNumber(said) !== undefined) return said;
  for (const found of workloadCgroups(root, (uid) => podUid === "" || uid === podUid))
    if (found.containerId === id && id !== "") return found.directory;
  throw new TetradError("failed", `Cannot decide about container ${id}: found no cgroup ${cgroupPath}`);
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
