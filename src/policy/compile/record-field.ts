/** @module Names of a record's fields and segments. */

/** By what they are of. */
export const FIELD = {
  result: (selector: number) => `result_${selector}`,
  /** Which of its places a program ran at. */
  place: "place",
  state: (reading: number) => `state_${reading}`,
  value: (reading: number, field: string) => `value_${reading}_${field}`,
  bytes: (reading: number) => `bytes_${reading}`,
  /** Of a record that waits for a file's digest. */
  decision: "decision",
  algorithm: "digest_algorithm",
  digest: (word: number) => `digest_${word}`,
  stack: (kind: "kernel" | "user" | "build_id") => `${kind}_stack`,
  /** The number that the function returned. */
  returned: "returned",
  returnedState: (value: number) => `returned_state_${value}`,
  returnedBytes: (value: number) => `returned_bytes_${value}`,
  returnedValue: (value: number, field: string) => `returned_${value}_${field}`,
} as const;
