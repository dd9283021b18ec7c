/** @module Saying who is speaking again and again is to cost nothing. */
import { tetrad, validating } from "../contestants.ts";
import { MEDIUM } from "../sizes.ts";
import { rateRow } from "./rates.ts";

/** Ten times as often as the goal asks for: a file is sent within seconds. */
const INTERVAL = "100ms";

export const refresh = rateRow({
  name: "formats/refresh over none",
  label: `events/s with metadata every ${INTERVAL} over those without, 1.8 KB, validated`,
  goal: { atLeast: 0.98 },
  size: MEDIUM,
  contestants: ({ executable }) => [
    tetrad({
      executable,
      id: "tetrad-refresh",
      label: `tetrad --metadata-interval=${INTERVAL}`,
      looksFor: "valid events",
      flags: [`--metadata-interval=${INTERVAL}`],
    }),
    validating(executable),
  ],
});
