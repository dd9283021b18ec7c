/** @module Pods as policies ask for them, by the uid that cgroups have in their names. */
import type { LabelLookup } from "../../lib/labels/index.ts";
import { shortId } from "./identity.ts";
import { type PodName, type PodObject, statusesOf } from "./object.ts";

/** A pod. */
export interface KnownPod {
  /** As cgroups have it in their names: of a static pod the hash of its configuration, which stands for its uid. */
  readonly uid: string;
  readonly namespace: string;
  readonly label: LabelLookup;
  /** Of its containers that are known by now, by their ids' first 31 characters: `name` and `repo`. */
  readonly containers: ReadonlyMap<string, LabelLookup>;
}

/**
 * Static pods have a uid of their own in the API server, and this one in cgroups. Anybody may annotate a pod with it: the kubelet
 * runs none from the API server that has this annotation, so that one that runs under its own uid is not hidden by it.
 */
const CONFIG_MIRROR = "kubernetes.io/config.mirror";
/** A digest of the configuration, or the uid that this has. */
const CONFIG_HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Tetragon adds it to the labels of each pod. */
const NAMESPACE_LABEL = "k8s:io.kubernetes.pod.namespace";

/** Keeps them. */
export class KnownPods {
  readonly #pods = new Map<string, KnownPod>();
  /** Uids by the ids of containers. */
  readonly #containers = new Map<string, string>();
  /** Which object a pod is known from, and the uid that it is known by. */
  readonly #owners = new Map<string, string>();
  readonly #uids = new Map<string, string>();
  readonly #listeners = new Set<(uid: string) => void>();

  /** Called when somebody waits for a pod that is not known, with its uid. @default nobody is */
  onUnknown: (uid: string) => void = () => {};

  /** All pods of this node that are known. */
  all(): Iterable<KnownPod> {
    return this.#pods.values();
  }

  /** @param uid As in {@link KnownPod.uid}. */
  pod(uid: string): KnownPod | undefined {
    return this.#pods.get(uid);
  }

  /** Has a pod looked for that is not known yet, where somebody can. */
  ask(uid: string): void {
    if (!this.#pods.has(uid)) this.onUnknown(uid);
  }

  /** The pod of a container. @param id As events print it: its first 31 characters. */
  podOf(id: string): KnownPod | undefined {
    const uid = this.#containers.get(id);
    return uid === undefined ? undefined : this.#pods.get(uid);
  }

  /** Calls when a pod has come, changed, or gone. @returns What ends that. */
  subscribe(listener: (uid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A pod is new or different. */
  set(object: PodObject): void {
    this.#set(object, new Map());
  }

  /** The same, where some of its containers are told of; what is known of the others stays. */
  add(object: PodObject): void {
    this.#set(object, new Map(this.#pods.get(uidOf(object))?.containers));
  }

  #set(object: PodObject, containers: Map<string, LabelLookup>): void {
    const { namespace, labels } = object.metadata;
    const owner = ownerOf(object.metadata);
    const uid = uidOf(object);
    if ((this.#uids.get(owner) ?? uid) !== uid) this.delete(object);
    const other = this.#owners.get(uid) ?? owner;
    // What claims to be another is not that.
    if (other !== owner && uid !== owner) return;
    if (other !== owner) this.#uids.delete(other);
    this.#owners.set(uid, owner);
    this.#uids.set(owner, uid);
    for (const { containerID, name, image } of statusesOf(object)) {
      const id = shortId(containerID);
      if (id === "") continue;
      const repo = repositoryOf(image ?? "");
      const own = { name, ...(repo === "" ? {} : { repo }) };
      containers.set(id, (key) => ownValue(own, key));
      this.#containers.set(id, uid);
    }
    for (const id of this.#pods.get(uid)?.containers.keys() ?? [])
      if (!containers.has(id)) this.#containers.delete(id);
    const label = (key: string) => (key === NAMESPACE_LABEL ? (namespace ?? "") : ownValue(labels, key));
    this.#pods.set(uid, { uid, namespace: namespace ?? "", label, containers });
    this.#tell(uid);
  }

  delete({ metadata }: { readonly metadata: PodName }): void {
    const owner = ownerOf(metadata);
    const uid = this.#uids.get(owner);
    if (uid === undefined) return;
    this.#uids.delete(owner);
    this.#owners.delete(uid);
    for (const id of this.#pods.get(uid)?.containers.keys() ?? []) this.#containers.delete(id);
    if (this.#pods.delete(uid)) this.#tell(uid);
  }

  /** Nobody hears of changes any more. */
  close(): void {
    this.#listeners.clear();
  }

  #tell(uid: string): void {
    for (const listener of this.#listeners) listener(uid);
  }
}

/** Of a static pod's object in the API server, the uid that cgroups have in their names. */
export function mirroredUid({ metadata }: PodObject): string | undefined {
  const hash = metadata.annotations?.[CONFIG_MIRROR] ?? "";
  return CONFIG_HASH.test(hash) ? hash : undefined;
}

function uidOf(object: PodObject): string {
  return mirroredUid(object) ?? ownerOf(object.metadata);
}

function ownerOf({ uid, namespace, name }: PodName): string {
  return uid || `${namespace ?? ""}/${name}`;
}

function ownValue(
  labels: Readonly<Record<string, string>> | null | undefined,
  key: string,
): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** An image's name without tag and digest. */
function repositoryOf(image: string): string {
  const name = image.replace(/@.*$/, "");
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}
