/**
 * @module What the Kubernetes API server says. {@link findAccess} says where it is, {@link ApiClient} asks it, and a
 * {@link Watcher} keeps up with the objects of one kind.
 */
export { type ApiAccess, type FindAccessSettings, findAccess, isInCluster } from "./access/index.ts";
export { ApiClient, type ApiRequest, type PatchType, pathOf, type Query } from "./api/client.ts";
export { ApiError } from "./api/error.ts";
export { type KubernetesObject, ObjectMeta, OwnerReference, optionalText, textMap } from "./api/object.ts";
export { Watcher } from "./api/watcher.ts";
export {
  METADATA_ONLY,
  type ObjectListener,
  type WatcherFigures,
  type WatcherLog,
  type WatcherSettings,
} from "./api/watcher-settings.ts";
