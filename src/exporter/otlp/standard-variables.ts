/** @module The standard variables of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/protocol/exporter/), as options have them. */
import type { StandardVariable } from "../../config/option.ts";
import { formatList } from "../../lib/text/list.ts";
import type { Signal } from "./transport.ts";

/** The variable of all signals, and before it the one of logs. */
export function standard(name: string, convert?: StandardVariable["convert"]): readonly StandardVariable[] {
  return ["OTEL_EXPORTER_OTLP_LOGS_", "OTEL_EXPORTER_OTLP_"].map((prefix) => ({
    name: prefix + name,
    ...(convert !== undefined && { convert }),
  }));
}

/**
 * Makes an endpoint, of one that has no scheme: gRPC does without, and then a variable of the signal or of all says whether it is
 * within TLS.
 */
export function endpointOf(signal: Signal): NonNullable<StandardVariable["convert"]> {
  return (text, env) => {
    const said = (name: string) =>
      env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`];
    const insecure = said("INSECURE");
    const isKnown = insecure !== undefined || said("PROTOCOL")?.toLowerCase() === "grpc";
    if (!isKnown || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
    return `${insecure?.toLowerCase() === "true" ? "http" : "https"}://${text}`;
  };
}

/** A base, of an endpoint of logs. */
export const baseOfLogs: NonNullable<StandardVariable["convert"]> = (text, env) =>
  endpointOf("logs")(text, env).replace(/\/v1\/logs\/?$/, "");

/** Milliseconds, without a unit. */
export function millisecondsOf(text: string): string {
  return /^\d+$/.test(text) ? `${text}ms` : text;
}

/** `key1=value1,key2=value%202`: W3C baggage without properties. A header that is none stays as it is, and is a problem. */
export function headersOf(text: string): string {
  return formatList(
    text
      .split(",")
      .filter((item) => item.trim() !== "")
      .map((item) => {
        const equals = item.indexOf("=");
        if (equals < 0) return item;
        return `${item.slice(0, equals).trim()}: ${decoded(item.slice(equals + 1).trim())}`;
      }),
  );
}

/** What is no percent-encoding stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
