/** @module Which workloads a policy, or a selector of it, is for. */

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
