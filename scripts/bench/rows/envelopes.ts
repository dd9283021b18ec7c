/** @module What the envelopes of syslog and GELF cost. */
import { tetrad, validating } from "../contestants.ts";
import { MEDIUM } from "../sizes.ts";
import { rateRow } from "./rates.ts";
import type { Row } from "./row.ts";

function envelope(format: string, name: string, least: number): Row {
  return rateRow({
    name: `formats/${format} over JSON`,
    label: `events/s as ${name} over plain JSON, 1.8 KB, validated`,
    goal: { atLeast: least },
    size: MEDIUM,
    contestants: ({ executable }) => [
      tetrad({
        executable,
        id: `tetrad-${format}`,
        label: `tetrad --udp-format=${format}`,
        looksFor: "valid events",
        flags: [`--udp-format=${format}`],
      }),
      validating(executable),
    ],
  });
}

export const syslog = envelope("rfc5424", "RFC 5424", 0.9);
export const gelf = envelope("gelf", "GELF", 0.85);
