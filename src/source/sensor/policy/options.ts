/** @module Options of tracing policies. */
import { boolean, checkedText, list, path } from "../../../config/kind.ts";
import { optionRows } from "../../../config/option.ts";

/** Where policies are looked for unless somebody says where: it need not be there. */
export const DEFAULT_POLICY_DIRECTORY = "/etc/tetragon/tetragon.tp.d";

/** A name, or a path from the root; none of the names on it leads up, or has a dot, which the BPF file system does not take. */
const BPF_DIRECTORY = /^\/?[^/.]+(\/[^/.]+)*$/;

export const policyRows = optionRows(() => ({
  "tracing-policy": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    placeholder: "PATHS",
    kind: list(),
    default: "",
    description:
      "Files with tracing policies to load at start; builtin:NAME is one that comes with tetrad (tetrad policy show), builtin:NAME+stacks the same with stack traces.",
  },
  "tracing-policy-dir": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: DEFAULT_POLICY_DIRECTORY,
    description:
      "Directory of tracing policies, loaded at the start and whenever they change: files that end in .yaml, .yml or .json, also those one level below, in the order of their names. Names that begin with a dot are left out.",
  },
  "enable-tracing-policy-crd": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "true",
    description:
      "With --enable-k8s-api: load the policies of the cluster, objects TracingPolicy and TracingPolicyNamespaced, as they come, change and go.",
  },
  "tracing-policy-strict": {
    group: "Tracing policies",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Do not start when a policy cannot be loaded. Without, that is a warning, and the others are loaded.",
  },
  "no-runtime-policies": {
    group: "Tracing policies",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Load policies at the start only: the directory is not watched, calls of the gRPC API that change policies are refused, and the agent gives up the rights that loading takes.",
  },
  "persist-grpc-policies": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Keep policies that came by the gRPC API, and load them at the next start.",
  },
  "persist-grpc-policies-dir": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "/var/run/tetragon/grpc-policies",
    description: "Directory that such policies are kept in.",
  },
  "keep-sensors-on-exit": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Policies go on when the agent has ended, however it ends: they enforce, and nobody hears of it. The next start takes them over: its own are attached before they go.",
  },
  "bpf-dir": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    placeholder: "NAME",
    kind: checkedText("a name, or a path without dots", (text) => BPF_DIRECTORY.test(text)),
    default: "tetragon",
    description:
      "Directory below /sys/fs/bpf for what --keep-sensors-on-exit keeps, in a directory tetrad of its own; or a path in another BPF file system.",
  },
  "release-pinned-bpf": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "true",
    description: "End the policies that an earlier run has left, once those of this one are attached.",
  },
  "expose-stack-addresses": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Show the addresses of frames in stack traces. Those of the kernel tell whoever reads the events where it lies in memory.",
  },
  "enable-policy-requests": {
    group: "Tracing policies",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Carry out the actions GetUrl and DnsLookup of policies: the agent asks whom the policy names, ten requests at once at most and then one in a second.",
  },
}));
