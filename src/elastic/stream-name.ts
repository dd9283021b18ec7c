/** @module What an index is called, and what everything that is made for it is called after. */

/** Parts of the name of a data stream, as Elastic has them: `logs-tetragon.log-default`. */
export interface StreamName {
  /** Of the data stream, or index. */
  readonly index: string;
  /** Of templates, the pipeline and the lifecycle policy: the same for all namespaces. `logs-tetragon.log` */
  readonly base: string;
  /** What the index template applies to, and the data view shows. `logs-tetragon.log-*` */
  readonly pattern: string;
  /** `tetragon.log`; absent where the name does not follow the scheme. */
  readonly dataset: string | undefined;
}

/** Takes a name apart: `TYPE-DATASET-NAMESPACE`, in which neither of the first two has a hyphen, or any other. */
export function parseStreamName(index: string): StreamName {
  const parts = /^(?<type>[^-]+)-(?<dataset>[^-]+)-(?<namespace>.+)$/.exec(index)?.groups;
  if (parts === undefined) return { index, base: index, pattern: index, dataset: undefined };
  const base = `${parts.type}-${parts.dataset}`;
  return { index, base, pattern: `${base}-*`, dataset: parts.dataset };
}
