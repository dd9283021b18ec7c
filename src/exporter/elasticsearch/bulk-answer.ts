/** @module What a node says of each document of a bulk request. */
import { ClusterError } from "../../lib/elasticsearch/error.ts";

/** What became of one document. */
export type ItemFate =
  /** It is in the index: it was put there now, or by an earlier try. */
  | { readonly fate: "taken" }
  /** It may be taken later. `why` says what has to change. One that is uncertain may have been put there all the same. */
  | { readonly fate: "later"; readonly why: string; readonly isUncertain: boolean }
  | { readonly fate: "refused"; readonly why: string };

/** What is asked for, of all that a node says: the place in the list says which document it is. */
export const FILTER_PATH = "errors,items.*.status,items.*.error.type,items.*.error.reason";

const TAKEN: ItemFate = { fate: "taken" };
/** Conditions of the index, or of who the agent is: nothing is wrong with the document. */
const LATER_TYPES = new Set([
  "index_not_found_exception",
  "index_closed_exception",
  "cluster_block_exception",
  "security_exception",
  "unavailable_shards_exception",
  "es_rejected_execution_exception",
  "rejected_execution_exception",
  "circuit_breaking_exception",
  "no_shard_available_action_exception",
  "node_not_connected_exception",
  "node_closed_exception",
  "process_cluster_event_timeout_exception",
]);
const LATER_STATUSES = new Set([401, 403, 404, 408, 429]);
/** Longest reason, characters: a mapping error shows a part of the document. */
const MAX_REASON = 1000;

interface Item {
  readonly status?: unknown;
  readonly error?: { readonly type?: unknown; readonly reason?: unknown };
}

/**
 * Reads the answer to a bulk request of `count` documents.
 * @throws ClusterError `lost` for one that cannot be one: then nobody knows which documents were taken.
 */
export function readBulkAnswer(text: string, count: number): ItemFate[] {
  const items = itemsIn(text);
  if (items === undefined) throw new ClusterError("lost", "The answer to the bulk request is no such answer");
  if (items.length !== count)
    throw new ClusterError(
      "lost",
      `The answer to the bulk request is about ${items.length} documents, expected ${count}`,
    );
  return items.map(fateOf);
}

function itemsIn(text: string): readonly unknown[] | undefined {
  try {
    const answer = JSON.parse(text) as { items?: unknown } | null;
    return Array.isArray(answer?.items) ? answer.items : undefined;
  } catch {
    return undefined;
  }
}

function fateOf(entry: unknown): ItemFate {
  const item = typeof entry === "object" && entry !== null ? (Object.values(entry)[0] as Item) : undefined;
  const status = item?.status;
  if (typeof status !== "number")
    throw new ClusterError("lost", "The answer to the bulk request has no status");
  // A document of that id is there: this one.
  if ((status >= 200 && status < 300) || status === 409) return TAKEN;
  const [type, reason] = [item?.error?.type, item?.error?.reason];
  const why = `${String(type ?? `status ${status}`)}: ${String(reason ?? "no reason given")}`.slice(
    0,
    MAX_REASON,
  );
  const isLater = status >= 500 || LATER_STATUSES.has(status) || LATER_TYPES.has(String(type));
  return isLater ? { fate: "later", why, isUncertain: status >= 500 } : { fate: "refused", why };
}
