/** @module Selectors: filters that hold together, and the actions that follow. */
import { NAMESPACE_NAMES } from "../../policy.ts";
import { ACTION } from "./action.ts";
import {
  choice,
  flag,
  list,
  type Mistakes,
  object,
  openChoice,
  optional,
  required,
  schema,
  text,
  uint32,
  withDefault,
} from "./kind.ts";
import { WORKLOADS } from "./workload.ts";

/** Operators on values, by the names of the document. */
export const VALUE_OPERATORS = [
  "Equal",
  "NotEqual",
  "GT",
  "LT",
  "Mask",
  "InRange",
  "NotInRange",
  "InMap",
  "NotInMap",
  "Prefix",
  "NotPrefix",
  "Postfix",
  "NotPostfix",
  "SubString",
  "SubStringIgnCase",
  "FileType",
  "NotFileType",
  "SAddr",
  "NotSAddr",
  "DAddr",
  "NotDAddr",
  "SPort",
  "NotSPort",
  "DPort",
  "NotDPort",
  "SPortPriv",
  "NotSportPriv",
  "DPortPriv",
  "NotDPortPriv",
  "Protocol",
  "Family",
  "State",
  "CapabilitiesGained",
  "CelExpr",
] as const;

/** An operator's name. */
export type ValueOperator = (typeof VALUE_OPERATORS)[number];

const same = (means: ValueOperator) => ({ cure: `write ${means}`, means });

/** Other spellings; what to write for operators that are not there depends on the type, and is said with it. */
const OPERATOR_MISTAKES: Mistakes = {
  substringignorecase: same("SubStringIgnCase"),
  greaterthan: same("GT"),
  lessthan: same("LT"),
};

const IN_OR_NOT = choice(["In", "NotIn"]);

const WORKLOAD_CURE =
  "write podSelector beside kprobes, or kind: TracingPolicyNamespaced with metadata.namespace, to choose workloads of Kubernetes";
/** Words for a Kubernetes namespace, or for a Linux namespace in others' tools. */
const NAMESPACE = choice(
  NAMESPACE_NAMES,
  Object.fromEntries(
    [
      ["kube", WORKLOAD_CURE],
      ["kubernetes", WORKLOAD_CURE],
      ["k8s", WORKLOAD_CURE],
      ["production", WORKLOAD_CURE],
      ["default", WORKLOAD_CURE],
      ["netns", "write Net"],
      ["network", "write Net"],
      ["pidns", "write Pid"],
      ["mntns", "write Mnt"],
      ["mount", "write Mnt"],
      ["userns", "write User"],
      ["utsns", "write Uts"],
      ["ipcns", "write Ipc"],
    ].map(([word, cure]) => [
      word!,
      { cure: cure!, expected: `a Linux namespace: ${NAMESPACE_NAMES.join(", ")}` },
    ]),
  ),
);

const PID = schema("matchPIDs", {
  operator: required(IN_OR_NOT, "`In`: one of the values; `NotIn`: none of them."),
  values: required(list(uint32), "Process IDs, as the host has them."),
  isNamespacePID: withDefault(flag, false, "IDs are those of the process's own PID namespace."),
  followForks: withDefault(flag, false, "Descendants count as well."),
});

/** `matchBinaries` and its kind. */
export const BINARY = schema("matchBinaries", {
  operator: required(
    choice(["In", "NotIn", "Prefix", "NotPrefix", "Postfix", "NotPostfix"], {
      equal: { cure: "write In", means: "In" },
      notequal: { cure: "write NotIn", means: "NotIn" },
    }),
    "How the path is compared: the whole of it, its beginning or its end.",
  ),
  values: required(
    list(text),
    "Paths of programs, as events print them. `*` stands for any characters but `/`.",
  ),
  followChildren: withDefault(flag, false, "Descendants count as if they ran the program themselves."),
});

const NAMESPACE_FILTER = schema("matchNamespaces", {
  namespace: required(NAMESPACE, "Which of the Linux namespaces of the process."),
  operator: required(IN_OR_NOT, "`In`: one of the values; `NotIn`: none of them."),
  values: required(list(text), "Inode numbers of namespaces, in quotes, or `host_ns`."),
});

const NAMESPACE_CHANGE = schema("matchNamespaceChanges", {
  operator: required(IN_OR_NOT, "`In`: one of these; `NotIn`: another than these."),
  values: required(list(NAMESPACE), "Linux namespaces."),
});

const CAPABILITY = schema("matchCapabilities", {
  type: withDefault(choice(["Effective", "Inheritable", "Permitted"]), "Effective", "Which set."),
  operator: required(IN_OR_NOT, "`In`: has any of the values; `NotIn`: has none."),
  isNamespaceCapability: withDefault(flag, false, "Only of processes outside of the host's user namespace."),
  values: required(list(text), "Names, such as `CAP_SYS_ADMIN`."),
});

const ARGUMENT_FILTER = schema(
  "matchArgs",
  {
    index: optional(uint32, "`index` of the argument."),
    args: optional(list(uint32), "Positions in `args`, from 0, instead of `index`."),
    operator: required(openChoice(VALUE_OPERATORS, OPERATOR_MISTAKES), "How the value is compared."),
    values: optional(list(text), "What it is compared with, in quotes."),
  },
  { value: { cure: "write values: [...], a list" }, type: { cure: "write type with the argument, in args" } },
);

const COMMAND_ARGUMENT = schema("matchCmdArgs", {
  index: required(uint32, "Position in the command line of the process, from 0."),
  operator: required(choice(["Equal", "Prefix", "Postfix"]), "How it is compared."),
  values: required(list(text), "What it is compared with."),
});

const ACTIONS = { cure: "write matchActions: [{action: ...}]" };
const BINARIES = { cure: "write matchBinaries: [{operator: In, values: [...]}]" };
const ARGS = { cure: "write matchArgs: [{index: ..., operator: ..., values: [...]}]" };

/** A selector. */
export const SELECTOR = schema(
  "selector",
  {
    label: optional(text, "Name in statistics."),
    macros: optional(list(text), "Names of `selectorsMacros`, whose filters and actions are added."),
    matchPIDs: optional(list(object(PID)), "By process ID."),
    matchBinaries: optional(list(object(BINARY)), "By the program that runs."),
    matchParentBinaries: optional(list(object(BINARY)), "By the program of the parent."),
    matchNamespaces: optional(list(object(NAMESPACE_FILTER)), "By Linux namespaces."),
    matchNamespaceChanges: optional(
      list(object(NAMESPACE_CHANGE)),
      "Processes whose namespace is another than when they began their program.",
    ),
    matchCapabilities: optional(list(object(CAPABILITY)), "By capabilities."),
    matchCapabilityChanges: optional(
      list(object(CAPABILITY)),
      "Processes whose capabilities are others than when they began their program.",
    ),
    matchArgs: optional(list(object(ARGUMENT_FILTER)), "By arguments of the hook."),
    matchData: optional(list(object(ARGUMENT_FILTER)), "By `data` of the hook; `index` is a position in it."),
    matchCmdArgs: optional(list(object(COMMAND_ARGUMENT)), "By the command line of the process."),
    matchReturnArgs: optional(list(object(ARGUMENT_FILTER)), "By what the function returns."),
    matchWorkloads: optional(object(WORKLOADS), "By pods and containers."),
    matchActions: optional(list(object(ACTION)), "What is done then. Nothing said: `Post`."),
    matchReturnActions: optional(list(object(ACTION)), "What is done when the function returns."),
  },
  {
    actions: ACTIONS,
    action: ACTIONS,
    matchaction: ACTIONS,
    matchbinary: BINARIES,
    matchnames: {
      cure: `${BINARIES.cure} for programs; for namespaces of Kubernetes kind: TracingPolicyNamespaced with metadata.namespace`,
    },
    matchprocesses: BINARIES,
    matchsyscalls: { cure: "write one hook for each system call, or lists with call: list:NAME" },
    checkargs: ARGS,
    filters: ARGS,
    matcharguments: ARGS,
    matchnamespace: { cure: "write matchNamespaces" },
    namespaceselector: { cure: WORKLOAD_CURE },
    podselector: { cure: "write matchWorkloads: {podSelector: ...} here, or podSelector beside kprobes" },
    operator: { cure: "write it inside of matchArgs, matchBinaries or another filter" },
    values: { cure: "write it inside of matchArgs, matchBinaries or another filter" },
  },
);
