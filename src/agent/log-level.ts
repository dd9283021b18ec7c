/** @module Which log level the options ask for. */
import type { LogLevel } from "../telemetry/log.ts";
import type { OptionValues } from "./option-table.ts";

/** `--debug` wins over `--log-level`. */
export function effectiveLogLevel(values: OptionValues): LogLevel {
  return values.debug ? "debug" : values["log-level"];
}
