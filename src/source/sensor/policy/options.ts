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
      "Directory of tracing policies to load at start: files that end in .yaml, .yml or .json, also those one level below, in the order of their names. Names that begin with a dot are left out.",
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
} as const satisfies OptionRows;
