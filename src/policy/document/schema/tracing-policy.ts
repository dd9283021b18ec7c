/** @module The document as a whole. */
import { ENFORCER, KPROBE, LIST, LSM_HOOK, TRACEPOINT, UPROBE, USDT } from "./hook.ts";
import {
  anything,
  flag,
  list,
  nullable,
  object,
  optional,
  required,
  schema,
  table,
  text,
  withDefault,
} from "./kind.ts";
import { SELECTOR } from "./selector.ts";
import { LABEL_SELECTOR } from "./workload.ts";

const METADATA = schema("metadata", {
  name: required(text, "Name of the policy: lower case letters, digits, `-` and `.`."),
  namespace: optional(text, "Kubernetes namespace; of `TracingPolicyNamespaced` only."),
  labels: optional(table(text), "Not used."),
  annotations: optional(table(text), "Not used."),
  generateName: optional(anything, "Not used."),
  uid: optional(anything, "Not used."),
  resourceVersion: optional(anything, "Not used."),
  generation: optional(anything, "Not used."),
  creationTimestamp: optional(anything, "Not used."),
  deletionTimestamp: optional(anything, "Not used."),
  deletionGracePeriodSeconds: optional(anything, "Not used."),
  managedFields: optional(anything, "Not used."),
  ownerReferences: optional(anything, "Not used."),
  finalizers: optional(anything, "Not used."),
  selfLink: optional(anything, "Not used."),
});

const OPTION = schema("option", {
  name: required(text, "Name of the option."),
  value: required(text, "Its value, in quotes."),
});

const ENTERPRISE = {
  expected: "a section of the open TracingPolicy",
  cure: "it is not part of the open TracingPolicy: an enterprise product reads it",
};
const IN_A_HOOK = { cure: "move it into a hook, beside call: spec.kprobes[]" };

/** `spec` */
export const SPEC = schema(
  "spec",
  {
    kprobes: optional(list(object(KPROBE)), "Functions of the kernel and system calls."),
    fentries: optional(list(object(KPROBE)), "Functions of the kernel, by fentry and fexit."),
    tracepoints: optional(list(object(TRACEPOINT)), "Tracepoints."),
    lsmhooks: optional(list(object(LSM_HOOK)), "Hooks of the Linux security modules."),
    uprobes: optional(list(object(UPROBE)), "Functions of programs and libraries."),
    usdts: optional(list(object(USDT)), "Probes that programs define."),
    loader: withDefault(flag, false, "Executables and libraries as they are mapped."),
    lists: optional(list(object(LIST)), "Lists of functions and system calls."),
    enforcers: optional(list(object(ENFORCER)), "Where `NotifyEnforcer` takes effect."),
    options: optional(
      list(object(OPTION)),
      "Options of the policy: `policy-mode`, `mark-values` (which values of lists have never matched), `disable-kprobe-multi`.",
    ),
    selectorsMacros: optional(table(object(SELECTOR)), "Parts of selectors, by name."),
    podSelector: optional(nullable(LABEL_SELECTOR), "Which pods the policy is for."),
    containerSelector: optional(nullable(LABEL_SELECTOR), "Which of their containers."),
    hostSelector: optional(nullable(LABEL_SELECTOR), "`{}`: processes of the host as well."),
    nodeSelector: optional(nullable(LABEL_SELECTOR), "On which nodes the policy is loaded."),
  },
  {
    parser: ENTERPRISE,
    filemonitoring: ENTERPRISE,
    dns: ENTERPRISE,
    killers: { cure: "write enforcers, its name since 1.1", means: "enforcers" },
    mode: { cure: "write options: [{name: policy-mode, value: monitor}]" },
    selectors: IN_A_HOOK,
    args: IN_A_HOOK,
    message: IN_A_HOOK,
    tags: IN_A_HOOK,
    lsm: { cure: "write lsmhooks" },
    syscalls: { cure: "write kprobes: [{call: sys_openat}]" },
    namespaceselector: {
      cure: "write kind: TracingPolicyNamespaced with metadata.namespace",
    },
  },
);

/** A policy. */
export const TRACING_POLICY = schema("TracingPolicy", {
  apiVersion: optional(text, "`cilium.io/v1alpha1`"),
  kind: required(text, "`TracingPolicy`, or `TracingPolicyNamespaced` for pods of one namespace."),
  metadata: required(object(METADATA), "Name and namespace."),
  spec: required(object(SPEC), "What the policy does."),
});
