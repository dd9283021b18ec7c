/** @module The filters that Tetragon's export options take (tetragon/events.proto). Strict: a typo is an error. */
import type * as v from "valibot";
import { CapabilitiesType, EventType, FieldFilterAction } from "./enum.ts";
import { strictEnum } from "./enum-schema.ts";
import { repeated, strictMessage } from "./message.ts";
import { bool, string, uint32 } from "./scalar.ts";

/** Capabilities to compare one capability set with. */
export const CapFilterSet = strictMessage({
  any: repeated(strictEnum(CapabilitiesType)),
  all: repeated(strictEnum(CapabilitiesType)),
  exactly: repeated(strictEnum(CapabilitiesType)),
  none: repeated(strictEnum(CapabilitiesType)),
});

/** Capability sets to match. */
export const CapFilter = strictMessage({
  permitted: CapFilterSet,
  effective: CapFilterSet,
  inheritable: CapFilterSet,
});

/** One object of `--export-allowlist` and `--export-denylist`. */
export const Filter = strictMessage({
  binary_regex: repeated(string),
  namespace: repeated(string),
  health_check: bool,
  pid: repeated(uint32),
  pid_set: repeated(uint32),
  event_set: repeated(strictEnum(EventType)),
  pod_regex: repeated(string),
  arguments_regex: repeated(string),
  labels: repeated(string),
  policy_names: repeated(string),
  capabilities: CapFilter,
  parent_binary_regex: repeated(string),
  cel_expression: repeated(string),
  parent_arguments_regex: repeated(string),
  container_id: repeated(string),
  in_init_tree: bool,
  ancestor_binary_regex: repeated(string),
  container_name_regex: repeated(string),
  namespace_regex: repeated(string),
});

/** One object of `--redaction-filters`. */
export const RedactionFilter = strictMessage({
  match: repeated(Filter),
  redact: repeated(string),
  binary_regex: repeated(string),
});

/** One object of `--field-filters`. `fields` is a field mask in its JSON form: paths with commas between them. */
export const FieldFilter = strictMessage({
  event_set: repeated(strictEnum(EventType)),
  fields: string,
  action: strictEnum(FieldFilterAction),
  invert_event_set: bool,
});

export type Filter = v.InferOutput<typeof Filter>;
export type RedactionFilter = v.InferOutput<typeof RedactionFilter>;
export type FieldFilter = v.InferOutput<typeof FieldFilter>;
