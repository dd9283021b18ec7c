/** @module How severe a log record is (opentelemetry/proto/logs/v1/logs.proto), after what events are to syslog. */
import { severityOf } from "../severity.ts";

/** A `SeverityNumber`, and the text beside it. */
export interface RecordSeverity {
  readonly number: number;
  readonly text: string;
}

/**
 * By the severity of syslog (https://opentelemetry.io/docs/specs/otel/logs/data-model-appendix/#appendix-b-severitynumber-example-mappings).
 */
const BY_SYSLOG: Readonly<Record<number, RecordSeverity>> = {
  4: { number: 13, text: "WARN" },
  5: { number: 10, text: "INFO2" },
  6: { number: 9, text: "INFO" },
};

/** @param type Of the event, or of metadata. */
export function recordSeverity(type: string): RecordSeverity {
  return BY_SYSLOG[severityOf(type)]!;
}
