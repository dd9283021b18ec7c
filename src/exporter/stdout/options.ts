/** @module Options of the standard output exporter. */
import { boolean } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { WHEN_FULL } from "../when-full.ts";

export const stdoutRows = optionRows(() => ({
  "export-stdout": {
    group: "File and standard output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Also write events to standard output. The agent's own log goes to standard error, so the two never mix.",
  },
  "export-stdout-when-full": {
    group: "File and standard output",
    ...WHEN_FULL,
    description:
      "What a full queue does to sources that can wait, as for --export-file-when-full; the reader of standard output may be slow.",
  },
}));
