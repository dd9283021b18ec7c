/** @module What is known of an event of a batch: where its text is, and whether all of that is known. */

/** Where the text of an event is, if it has one yet. */
export const TEXT = {
  /** In `EventBatch.bytes`. */
  read: 0,
  /** In `EventBatch.rewritten`. */
  rewritten: 1,
  /** To be made by `EventBatch.values`, of the event whose number is where the line would start. */
  ofValue: 2,
  /** To be made of the object that a stage has changed. */
  ofObject: 3,
} as const;

/** Whether a line as it was read is an event of which all is known, each field with its name of the proto files and there once. */
export const WHOLE = {
  /** Nobody has looked. */
  unknown: 0,
  yes: 1,
  /** Or it cannot be said. */
  no: 2,
} as const;
