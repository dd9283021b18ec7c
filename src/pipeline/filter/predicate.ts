/** @module What a key of a filter becomes: a test of one event. */
import type { WantedFields } from "../../event/fetch/wanted.ts";
import type { Message } from "../config/message.ts";
import type { Subject } from "../subject.ts";

/** Tests one event. Looks at no field that it did not ask for when it was built. Never throws, whatever the event looks like. */
export type Predicate = (subject: Subject) => boolean;

/** What building a predicate may need besides the key's value. */
export interface PredicateContext {
  /** `--enable-pid-set-filter`. */
  readonly enablePidSetFilter: boolean;
  /** Takes the fields that the predicate looks at: there may be no others. */
  readonly wanted: WantedFields;
  /** Takes what is worth a warning, at the start and later. */
  readonly warn: (message: string) => void;
}

/**
 * Builds the test of one key of `filter`, which has that key. Problems are reported to `filter`; what is
 * returned is then never used.
 */
export type PredicateFactory = (filter: Message, key: string, context: PredicateContext) => Predicate;
