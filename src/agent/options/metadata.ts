/** @module The option of exporters whose readers may know events only. */
import { boolean } from "../../config/kind.ts";
import type { OptionRows } from "../../config/option.ts";

export const METADATA_OPTIONS = {
  "export-metadata": {
    group: "File and standard output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Also write the agent_init metadata event, before any other, to the export file and to standard output. Readers such as tetra stop at a line that is no event. UDP carries it always.",
  },
} as const satisfies OptionRows;
