/** @module Options of the metadata events of all exporters. */
import { duration, list } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { MAX_FIELDS, MAX_VALUE_BYTES } from "../../metadata/custom-field.ts";

export const metadataLifeRows = optionRows(() => ({
  "metadata-interval": {
    group: "Metadata",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 24 * 3_600_000, zero: true }),
    default: "0s",
    description:
      "Send the metadata again this often as agent_refresh, with what was sent and dropped so far, and at once when something in it has changed; the last one is agent_stop. 0s: agent_init at the start is all there is.",
    reloadable: true,
  },
  "metadata-field": {
    group: "Metadata",
    from: "tetrad",
    support: "used",
    placeholder: "NAME=VALUE",
    kind: list(
      `up to ${MAX_FIELDS} fields such as site=berlin, rack:=7 (JSON), zone=@/etc/zone (what the file says) or team=env:TEAM, each name once and none of the agent's own, each value at most ${MAX_VALUE_BYTES} bytes`,
      undefined,
      { isItem: true },
    ),
    default: "",
    description: `Add a field to every metadata event; may be given up to ${MAX_FIELDS} times. NAME=TEXT, NAME:=JSON, NAME=@FILE takes what the file says, NAME=env:VARIABLE what the variable says. --redaction-filters are applied to NAME=VALUE. Files and variables are read again at SIGHUP.`,
    reloadable: true,
  },
}));
