/** @module Numbers of fields (opentelemetry/proto/logs/v1/logs.proto). */

/** `ScopeLogs.log_records`. */
export const LOG_RECORDS = 2;
/** Of a `LogRecord`. */
export const TIME = 1;
export const SEVERITY_NUMBER = 2;
export const SEVERITY_TEXT = 3;
export const BODY = 5;
export const ATTRIBUTES_FIELD = 6;
export const OBSERVED_TIME = 11;
export const EVENT_NAME = 12;
