/** @module What all objects of Kubernetes have, as far as the agent reads it. Schemas name what is wanted; the rest is let go. */
import * as v from "valibot";

/** A text; Kubernetes leaves out what is empty, and some clients write `null`. */
export const optionalText = v.optional(v.nullable(v.string()));
/** Labels and annotations. */
export const textMap = v.optional(v.nullable(v.record(v.string(), v.string())));

/** `metadata.ownerReferences[]` */
export const OwnerReference = v.object({
  kind: v.string(),
  name: v.string(),
  controller: v.optional(v.nullable(v.boolean())),
});

/** `metadata` */
export const ObjectMeta = v.object({
  name: v.string(),
  namespace: optionalText,
  uid: optionalText,
  generateName: optionalText,
  resourceVersion: optionalText,
  generation: v.optional(v.nullable(v.number())),
  deletionTimestamp: optionalText,
  labels: textMap,
  annotations: textMap,
  ownerReferences: v.optional(v.nullable(v.array(OwnerReference))),
});

export type ObjectMeta = v.InferOutput<typeof ObjectMeta>;

/** Any object. */
export interface KubernetesObject {
  readonly metadata: ObjectMeta;
}

/** Becomes a part of the next request. Versions are numbers, and the place in a list is some hundred characters. */
const MAX_VERSION = 256;
const MAX_CONTINUE = 8192;
const version = v.pipe(v.string(), v.maxLength(MAX_VERSION));

/** What a list is made of; its items are looked at one by one, so that one that is malformed costs no other. */
export const ObjectList = v.object({
  metadata: v.object({
    resourceVersion: v.optional(v.nullable(version)),
    continue: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(MAX_CONTINUE)))),
  }),
  items: v.nullable(v.array(v.unknown())),
});

/** One line of a watch. */
export const WatchLine = v.object({
  type: v.picklist(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]),
  object: v.unknown(),
});

/** What a bookmark, and an object that is otherwise malformed, still says. */
export const VersionedObject = v.object({ metadata: v.object({ resourceVersion: version }) });
