/** @module Options of exporters that write to this host: files and standard output. Their readers may know events only. */
import { boolean, choice } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { FORMATS } from "../../encoding/envelope.ts";
import { FACILITIES } from "../../encoding/rfc5424/facilities.ts";

export const localRows = optionRows(() => ({
  "export-metadata": {
    group: "File and standard output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Also write the agent_init metadata event, before any other, to the export file and to standard output. Readers such as tetra stop at a line that is no event. UDP carries it always.",
  },
  "export-format": {
    group: "File and standard output",
    from: "tetrad",
    support: "used",
    placeholder: FORMATS.join("|"),
    kind: choice(FORMATS),
    default: "json",
    description:
      "What a line of the export file and of standard output is: json, the event as it came; rfc5424, a syslog message; gelf, a GELF 1.1 message, never in chunks and never compressed (docs/udp.md has both formats); ecs, a document of the Elastic Common Schema (docs/ecs.md).",
  },
  "export-syslog-facility": {
    group: "File and standard output",
    from: "tetrad",
    support: "used",
    placeholder: "NAME",
    kind: choice(FACILITIES),
    default: "local0",
    description: "Facility of --export-format=rfc5424, by its name in syslog.",
  },
}));
