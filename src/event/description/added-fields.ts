/** @module Fields that messages of Tetragon's API lack. They stand in JSON alone, without a number. */

/** Their names and kinds, by full name of the message. */
export const ADDED_FIELDS: Readonly<Record<string, Readonly<Record<string, "string">>>> = {
  // The native sensor's: the name that was executed, where that is not `binary`.
  "tetragon.Process": { filename: "string" },
  // Of releases after 1.7.
  "tetragon.RedactionFilter": { redact_str: "string" },
};
