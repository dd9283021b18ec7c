/** @module What a server is given: one object of its API, with everything that is needed to look at it, write it and compare. */

import type { StreamName } from "./stream-name.ts";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Kinds of objects, as people call them. */
export type AssetKind =
  | "lifecycle policy"
  | "ingest pipeline"
  | "component template"
  | "index template"
  | "data stream"
  | "index";

/** One object. */
export interface Asset {
  readonly kind: AssetKind;
  readonly name: string;
  /** Where it is written with PUT and read with GET. */
  readonly path: string;
  /** What it is to be; absent for what has no content of its own, a data stream. */
  readonly body?: Json;
  /** Where in the body stands what we say of ourselves: an object for `_meta`, or a text that people read, too. */
  readonly mark?: "_meta" | "policy._meta" | "description" | "policy.description";
  /** Takes the object out of what a GET answers. */
  readonly read: (answer: Json) => Json | undefined;
  /** It is the users' own: made where it is missing, and left alone otherwise. */
  readonly isUsers?: true;
  /** An update names the version that it replaces: OpenSearch's state management. */
  readonly isVersioned?: true;
}

/** What people may choose. */
export interface AssetSettings {
  readonly name: StreamName;
  /** Days after which an index is removed, from the time when it was full; 0: never. */
  readonly retentionDays: number;
  /** Whether documents have a copy of the event in `event.original`. */
  readonly hasOriginal: boolean;
}
