/**
 * @module The pods of this node as policies select them: by the name that cgroups have for them, their namespace and labels, and the names
 * and images of their containers.
 */
import type { LabelLookup } from "../../lib/labels/index.ts";
import type { KubernetesObject } from "../api/object.ts";
import type { ObjectListener } from "../api/watcher-settings.ts";

type Text = string | null | undefined;
type List<T> = readonly T[] | null | undefined;

/** A container's status, as far as it is looked at. */
interface Status {
  readonly name: string;
  /** `containerd://ID`; empty before it was started. */
  readonly containerID?: Text;
  readonly image?: Text;
}

/** A pod, as far as it is looked at. */
interface Pod extends KubernetesObject {
  readonly status?:
    | {
        readonly containerStatuses?: List<Status>;
        readonly initContainerStatuses?: List<Status>;
        readonly ephemeralContainerStatuses?: List<Status>;
      }
    | null
    | undefined;
}

/** A pod to select. */
export interface SelectablePod {
  /** As cgroups have it in their names. */
  readonly uid: string;
  readonly namespace: string;
  readonly label: LabelLookup;
  /** By the first 31 characters of their ids: `name` and `repo`. */
  readonly containers: ReadonlyMap<string, LabelLookup>;
}

/** Static pods have a uid of their own in the API server, and this one in cgroups. */
const CONFIG_HASH = "kubernetes.io/config.hash";
/** Tetragon adds it to the labels of each pod. */
const NAMESPACE_LABEL = "k8s:io.kubernetes.pod.namespace";
/** Characters of a container's id by which it is known. */
const ID_LENGTH = 31;

/** Keeps up with them. */
export class SelectablePods implements ObjectListener<Pod> {
  readonly #pods = new Map<string, SelectablePod>();
  readonly #byContainer = new Map<string, SelectablePod>();
  readonly #listeners = new Set<(uid: string) => void>();

  all(): Iterable<SelectablePod> {
    return this.#pods.values();
  }

  pod(uid: string): SelectablePod | undefined {
    return this.#pods.get(uid);
  }

  /** @param id First 31 characters of a container's. */
  podOf(id: string): SelectablePod | undefined {
    return this.#byContainer.get(id);
  }

  /** Calls `listener` when a pod has come, changed or gone. @returns Ends that. */
  subscribe(listener: (uid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onList(objects: readonly Pod[]): void {
    const present = new Set(objects.map(uidOf));
    for (const uid of [...this.#pods.keys()]) if (!present.has(uid)) this.#remove(uid);
    for (const object of objects) this.onChange(object);
  }

  onChange(object: Pod): void {
    const uid = uidOf(object);
    if (uid === "") return;
    this.#forgetContainers(uid);
    const pod = { uid, ...selectable(object) };
    this.#pods.set(uid, pod);
    for (const id of pod.containers.keys()) this.#byContainer.set(id, pod);
    this.#say(uid);
  }

  onDelete(object: Pod): void {
    this.#remove(uidOf(object));
  }

  #remove(uid: string): void {
    if (!this.#pods.has(uid)) return;
    this.#forgetContainers(uid);
    this.#pods.delete(uid);
    this.#say(uid);
  }

  #forgetContainers(uid: string): void {
    for (const id of this.#pods.get(uid)?.containers.keys() ?? []) this.#byContainer.delete(id);
  }

  #say(uid: string): void {
    for (const listener of this.#listeners) listener(uid);
  }
}

function uidOf({ metadata: { uid, annotations } }: Pod): string {
  return annotations?.[CONFIG_HASH] || uid || "";
}

function selectable({ metadata, status }: Pod): Omit<SelectablePod, "uid"> {
  const labels = metadata.labels ?? {};
  const namespace = metadata.namespace ?? "";
  const statuses = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const containers = statuses.flatMap(({ name, containerID, image }) => {
    const id = (containerID ?? "").replace(/^.*:\/\//, "").slice(0, ID_LENGTH);
    return id === "" ? [] : [[id, containerLabel(name, image ?? "")] as const];
  });
  return {
    namespace,
    label: (key) => (key === NAMESPACE_LABEL ? namespace : ownValue(labels, key)),
    containers: new Map(containers),
  };
}

function ownValue(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** `name`, and `repo`: the image without tag and digest. */
function containerLabel(name: string, image: string): LabelLookup {
  const bare = image.replace(/@.*$/, "");
  const colon = bare.lastIndexOf(":");
  const repo = colon > bare.lastIndexOf("/") ? bare.slice(0, colon) : bare;
  return (key) => (key === "name" ? name : key === "repo" && repo !== "" ? repo : undefined);
}
