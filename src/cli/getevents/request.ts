/** @module What the flags of `tetrad getevents` ask for: of a server, or of standard input. */
import type { JsonObject } from "../../lib/json/object.ts";
import type { GetEventsValues } from "./flags.ts";

/** Filters with the API's names. */
export interface EventsRequest {
  /** `undefined` where every event is wanted. */
  readonly filter: JsonObject | undefined;
  readonly fieldFilters: readonly FieldMaskFilter[];
}

/** Which fields of events are wanted. */
export interface FieldMaskFilter {
  readonly paths: readonly string[];
  readonly action: "INCLUDE" | "EXCLUDE";
}

/** The filters that the flags come to. */
export function readRequest(values: GetEventsValues): EventsRequest {
  // Events of the host have no namespace.
  const namespaces = [...values.namespace, ...values.namespaces, ...(values.host ? [""] : [])];
  const filter = Object.fromEntries(
    Object.entries({
      binary_regex: [...values.process, ...values.processes],
      namespace: namespaces,
      namespace_regex: values["namespace-regex"],
      pod_regex: [...values.pod, ...values.pods],
      event_set: values["event-types"],
      policy_names: values["policy-names"],
      cel_expression: values["cel-expression"],
    }).filter(([, items]) => items.length > 0),
  );
  return {
    filter: Object.keys(filter).length === 0 ? undefined : filter,
    fieldFilters: [
      { paths: values["include-fields"], action: "INCLUDE" as const },
      { paths: values["exclude-fields"], action: "EXCLUDE" as const },
    ].filter(({ paths }) => paths.length > 0),
  };
}
