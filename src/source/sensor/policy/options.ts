/** @module Options of tracing policies. */
import { boolean, list, path } from "../../../config/kind.ts";
import type { OptionRows } from "../../../config/option.ts";

/** Where policies are looked for unless somebody says where: it need not be there. */
export const DEFAULT_POLICY_DIRECTORY = "/etc/tetragon/tetragon.tp.d";

export const POLICY_OPTIONS = {
  "tracing-policy": {
    group: "Tracing policies",
    from: "tetragon",
    support: "used",
    placeholder: "PATHS",
    kind: list(),
    default: "",
    description:
      "Files with tracing policies to load at start; builtin:NAME is one that comes with tetrad (tetrad policy show).",
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
} as const satisfies OptionRows;
