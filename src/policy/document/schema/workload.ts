/** @module Selectors of workloads. */
import { choice, list, nullable, optional, required, schema, table, text } from "./kind.ts";

const EXPRESSION = schema("label expression", {
  key: required(text, "Name of the label."),
  operator: required(choice(["In", "NotIn", "Exists", "DoesNotExist"]), "How it is compared."),
  values: optional(list(text), "Values of `In` and `NotIn`."),
});

/** A label selector as Kubernetes has it. `{}` is for all. */
export const LABEL_SELECTOR = {
  ...schema("label selector", {
    matchLabels: optional(table(text), "Labels that must have these values."),
    matchExpressions: optional(
      list({ kind: "object", schema: EXPRESSION, isNullable: false } as const),
      "More.",
    ),
  }),
  cureOfOthers: "write labels below matchLabels: {matchLabels: {...}}",
} as const;

const MISTAKE = {
  namespaceselector: {
    cure: "write kind: TracingPolicyNamespaced with metadata.namespace, or podSelector with the label k8s:io.kubernetes.pod.namespace",
  },
} as const;

/** `matchWorkloads` */
export const WORKLOADS = schema(
  "workloads",
  {
    podSelector: optional(nullable(LABEL_SELECTOR), "Which pods; `{}` is all of them."),
    containerSelector: optional(
      nullable(LABEL_SELECTOR),
      "Which of their containers, by the fields `name` and `repo`.",
    ),
    hostSelector: optional(nullable(LABEL_SELECTOR), "`{}`: processes of the host as well."),
  },
  MISTAKE,
);
