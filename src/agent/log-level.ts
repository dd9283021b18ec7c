/** @module Which log level the options ask for. */
import type { OptionValues } from "../config/options.ts";
import type { LogLevel } from "../telemetry/log.ts";

/** `--debug` wins over `--log-level`. */
export function effectiveLogLevel(values: OptionValues): LogLevel {
  return values.debug ? "debug" : values["log-level"];
}
