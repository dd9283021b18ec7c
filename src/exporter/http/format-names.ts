/** @module The names of the formats of bodies. */

/** As users name them. */
export const HTTP_FORMATS = ["ndjson", "json", "splunk-hec", "loki", "datadog"] as const;

/** One of {@link HTTP_FORMATS}. */
export type HttpFormat = (typeof HTTP_FORMATS)[number];
