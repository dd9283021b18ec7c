/** @module Which workloads a policy, or a selector of it, is for. */
import { type LabelLookup, matchesSelector, type Requirement } from "../lib/labels/index.ts";

/** Which workloads: label selectors of Kubernetes, as text that `lib/labels` reads. */
export interface WorkloadSelector {
  readonly namespace: string | undefined;
  readonly pod: LabelSelector | undefined;
  readonly container: LabelSelector | undefined;
  /** Host processes as well. */
  readonly hasHost: boolean;
}

/** `matchLabels` and `matchExpressions`; an empty one is for all. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values: readonly string[];
  }[];
}

/** A container, as far as it is known. */
export interface Container {
  /** Whether it is one of a pod's. */
  readonly isOfPod: boolean;
  /** Its pod, where somebody says. */
  readonly pod?: Pick<KnownPod, "namespace" | "label"> | undefined;
  /** Its own labels, `name` and `repo`, where somebody says. */
  readonly label?: LabelLookup | undefined;
}

/** A pod, as somebody says. */
export interface KnownPod {
  /** As cgroups have it in their names: of a static pod the digest that stands for its UID. */
  readonly uid: string;
  readonly namespace: string;
  readonly label: LabelLookup;
  /** Of its containers that are known by now, by their ids' first 31 characters: `name` and `repo`. */
  readonly containers: ReadonlyMap<string, LabelLookup>;
}

/** A container whose runtime says that it is about to start. */
export interface StartingContainer {
  /** First 31 characters. */
  readonly id: string;
  /** `""` where nobody says. */
  readonly podUid: string;
  readonly name: string;
  /** The image's name without tag and digest; `""` where nobody says. */
  readonly repo: string;
  /** From the root of the hierarchy, as far as the runtime knows. */
  readonly cgroupPath: string;
}

/** Says more of containers than the names of cgroups do. */
export interface PodSource {
  /** All pods of this node that are known. */
  all(): Iterable<KnownPod>;
  pod(uid: string): KnownPod | undefined;
  /** Has a pod looked for that is not known yet. @default it comes by itself */
  ask?(uid: string): void;
  /** The pod of a container. @param id As events print it: its first 31 characters. */
  podOf(id: string): KnownPod | undefined;
  /** Calls when a pod has come, changed, or gone. @returns What ends that. */
  subscribe(listener: (uid: string) => void): () => void;
}

/** Whether it takes more to decide about a selector than that a container is a pod's: labels, or the pod's namespace. */
export function asksOfPods({ namespace, pod, container }: WorkloadSelector): boolean {
  return namespace !== undefined || !isForAll(pod) || !isForAll(container);
}

/** Whether a selector is for the processes of a container. What is not known of it does not hold. */
export function selectsContainer(selector: WorkloadSelector, container: Container): boolean {
  const { namespace, pod, container: own, hasHost } = selector;
  if (!container.isOfPod) return false;
  if (hasHost && namespace === undefined && pod === undefined && own === undefined) return false;
  if (namespace !== undefined && container.pod?.namespace !== namespace) return false;
  return holds(pod, container.pod?.label) && holds(own, container.label);
}

function holds(selector: LabelSelector | undefined, label: LabelLookup | undefined): boolean {
  if (isForAll(selector)) return true;
  return label !== undefined && matchesSelector(requirementsOf(selector), label);
}

function isForAll(selector: LabelSelector | undefined): selector is undefined {
  return selector === undefined || requirementsOf(selector).length === 0;
}

const OPERATORS = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" } as const;

/** What a selector asks for, as `lib/labels` has it. */
export function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): Requirement[] {
  return [
    ...Object.entries(matchLabels).map(
      ([key, value]): Requirement => ({ key, operator: "in", values: new Set([value]) }),
    ),
    ...matchExpressions.map(
      ({ key, operator, values }): Requirement => ({
        key,
        operator: OPERATORS[operator],
        values: new Set(values),
      }),
    ),
  ];
}

/** What became of containers and their cgroups. */
export interface ContainerFigures {
  /** Cgroups inside of containers that have no room of their own now. */
  readonly missed: number;
  /** Containers whose first process ran before anybody had said which policies are for them. */
  readonly judgedLate: number;
}
