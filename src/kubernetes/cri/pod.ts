/**
 * @module A pod as the API server would describe it, from what a container runtime says. The kubelet hands the runtime the pod's name,
 * uid, labels and annotations, and leaves out who controls it: that is read off its name and labels, where they say it.
 */
import {
  type Container,
  ContainerState,
  type ContainerStatus,
  type PodSandbox,
} from "../../encoding/protobuf/generated/runtime/v1/api_pb.ts";
import type { PodObject } from "../pod/object.ts";

/** A container and what has become of it. */
export interface StatedContainer {
  readonly container: Container;
  readonly status: ContainerStatus;
}

/** Names of Kubernetes, as its API server checks them, and uids. */
const MAX_NAME = 253;
const MAX_UID = 128;
const MAX_IMAGE = 4096;
/** Bytes of labels, and of annotations: Kubernetes has a limit for the latter. */
const MAX_LABELS = 64 * 1024;
const MAX_ANNOTATIONS = 256 * 1024;
const CONTAINER_ID = /^[0-9A-Za-z][0-9A-Za-z_.-]{30,127}$/;

/** What the kubelet and CRI-O add to a sandbox. */
const OWN_LABEL = /^io\.kubernetes\.(?:pod|container)\./;
const SEEN = "kubernetes.io/config.seen";
const SOURCE = "kubernetes.io/config.source";
const HASH = "kubernetes.io/config.hash";

const SECOND = 1_000_000_000n;
/** The end of the year 9999, which is as far as texts of times go. */
const LAST_SECOND = 253_402_300_799n;

/**
 * @param runtime As it stands before `://` in the ids of containers.
 * @returns `undefined` for what no kubelet has asked for, and for what is beyond all bounds.
 */
export function podObject(
  { metadata, labels, annotations }: PodSandbox,
  containers: readonly StatedContainer[],
  runtime: string,
): PodObject | undefined {
  const { name = "", namespace = "", uid = "" } = metadata ?? {};
  if (name === "" || namespace === "" || uid === "") return undefined;
  if (name.length > MAX_NAME || namespace.length > MAX_NAME || uid.length > MAX_UID) return undefined;
  if (sizeOf(labels) > MAX_LABELS || sizeOf(annotations) > MAX_ANNOTATIONS) return undefined;
  const own = without(labels, (key) => OWN_LABEL.test(key));
  const statuses = containers.map((each) => statusOf(each, runtime));
  if (statuses.includes(undefined)) return undefined;
  return {
    metadata: {
      name,
      namespace,
      uid,
      labels: own,
      annotations: annotationsOf(annotations),
      ...ownerOf(name, own),
    },
    status: { containerStatuses: statuses as NonNullable<ReturnType<typeof statusOf>>[] },
  };
}

/** Whether a container's first process may still be about to begin: then it has no time yet at which it did. */
export function isStarting({ state, startedAt }: ContainerStatus): boolean {
  return state === ContainerState.CONTAINER_CREATED && startedAt === 0n;
}

function statusOf({ container: { id }, status }: StatedContainer, runtime: string) {
  const { metadata, startedAt, image, imageRef } = status;
  const name = metadata?.name ?? "";
  const imageName = image?.image ?? "";
  if (name === "" || name.length > MAX_NAME || !CONTAINER_ID.test(id)) return undefined;
  if (imageName.length > MAX_IMAGE || imageRef.length > MAX_IMAGE) return undefined;
  const time = timeText(startedAt);
  return {
    name,
    containerID: `${runtime}://${id}`,
    image: imageName,
    imageID: imageRef,
    state: time === undefined ? null : { running: { startedAt: time } },
    lastState: null,
  };
}

/** As the API server writes a time: to the second. */
function timeText(nanoseconds: bigint): string | undefined {
  const seconds = nanoseconds / SECOND;
  if (seconds <= 0n || seconds > LAST_SECOND) return undefined;
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}

/** The kubelet adds where a pod comes from; only of static ones does its object in the API server say so, too. */
function annotationsOf(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const isStatic = Object.hasOwn(annotations, HASH);
  return without(annotations, (key) => !isStatic && (key === SEEN || key === SOURCE));
}

/** What follows the name of a workload in those of its pods. */
const SUFFIX = "[a-z0-9]{5}";
const JOB_LABELS = ["batch.kubernetes.io/job-name", "job-name"];
const HASH_LABELS = ["pod-template-hash", "rollouts-pod-template-hash"];

/** Who controls a pod. */
function ownerOf(name: string, labels: Readonly<Record<string, string>>) {
  const has = (key: string) => (Object.hasOwn(labels, key) ? labels[key]! : "");
  const controlled = (kind: string, owner: string) => ({
    generateName: `${owner}-`,
    ownerReferences: [{ kind, name: owner, controller: true }],
  });
  const base = new RegExp(`^(.+)-${SUFFIX}$`).exec(name)?.[1];
  if (base !== undefined && HASH_LABELS.some((key) => has(key) !== "" && base.endsWith(`-${has(key)}`)))
    return controlled("ReplicaSet", base);
  const job = JOB_LABELS.map(has).find((each) => each !== "" && base === each);
  if (job !== undefined) return controlled("Job", job);
  const set = /^(.+)-\d+$/.exec(name)?.[1];
  if (set !== undefined && has("statefulset.kubernetes.io/pod-name") === name)
    return controlled("StatefulSet", set);
  if (base !== undefined && has("controller-revision-hash") !== "" && has("pod-template-generation") !== "")
    return controlled("DaemonSet", base);
  return {};
}

function without(
  from: Readonly<Record<string, string>>,
  isLeftOut: (key: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !isLeftOut(key)));
}

function sizeOf(texts: Readonly<Record<string, string>>): number {
  return Object.entries(texts).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}
