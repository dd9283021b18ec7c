/** @module The options of the configuration itself, which this room reads. */
import { boolean, path } from "./kind.ts";
import { optionRows } from "./option.ts";

export const configRows = optionRows(() => ({
  "config-dir": {
    group: "Configuration",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "Directory with a file for each option: the file's name is the option, its content the value. A mounted Kubernetes ConfigMap is such a directory.",
  },
  help: {
    group: "Configuration",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Print the help text and exit.",
    shorthand: "h",
    flagOnly: true,
  },
  "help-all": {
    group: "Configuration",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Print the help text with every recognised option, also those without effect, and exit.",
    flagOnly: true,
  },
}));
