/** @module What of events is counted, without making an object or text of them. */

/** By the event's number among those of its source. */
export interface CountedValues {
  type(place: number): string;
  /** Of the process; empty where it is not known. */
  binary(place: number): string;
}
