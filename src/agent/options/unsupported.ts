/** @module Options of Tetragon's sensors that the native sensor does not have. */
import { duration, size } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const unsupportedRows = optionRows(() => ({
  "process-cache-gc-interval": {
    group: "Tetragon's sensors (recognised, not in this version)",
    from: "tetragon",
    support: "sensor",
    placeholder: "DURATION",
    kind: duration({ min: 1 }),
    isStrict: true,
    default: "30s",
    description: "How often processes that have ended are forgotten.",
  },
  "rb-size-total": {
    group: "Tetragon's sensors (recognised, not in this version)",
    from: "tetragon",
    support: "sensor",
    placeholder: "SIZE",
    kind: size(),
    default: "0",
    description: "Ring buffer of all CPUs together. 0: the sensor decides.",
  },
  "rb-queue-size": {
    group: "Tetragon's sensors (recognised, not in this version)",
    from: "tetragon",
    support: "sensor",
    placeholder: "COUNT",
    kind: size(),
    default: "65535",
    description: "How many records may wait between the ring buffer and their decoding.",
  },
}));
