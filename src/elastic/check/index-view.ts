/** @module What an index has of late: events of probes, errors, and how far it is behind. */
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import type { Json } from "../asset.ts";

/** A document, as far as it is looked at. */
export interface Hit {
  readonly source: Json;
}

/** Looks into what a name, or a pattern of names, has. */
export class IndexView {
  readonly #cluster: Cluster;
  readonly #path: string;

  /** @param pattern A data stream, or a pattern of them. */
  constructor(cluster: Cluster, pattern: string) {
    this.#cluster = cluster;
    this.#path = `/${encodeURIComponent(pattern)}/_search?ignore_unavailable=true`;
  }

  /** The newest document of what is asked for. */
  async newest(filter: readonly Json[]): Promise<Hit | undefined> {
    return (await this.#search(filter, 1)).hits[0];
  }

  /** How many there are, ten thousand at most, and the newest of them. */
  async some(
    filter: readonly Json[],
    size: number,
  ): Promise<{ readonly total: number; readonly hits: readonly Hit[] }> {
    return this.#search(filter, size);
  }

  async #search(filter: readonly Json[], size: number) {
    const body = {
      size,
      track_total_hits: 10_000,
      query: { bool: { filter } },
      // An index that has no document yet has no such field.
      sort: [{ "@timestamp": { order: "desc", unmapped_type: "date" } }],
    };
    return this.#cluster.json("POST", this.#path, body, ({ hits: { total, hits } }: Answer) => ({
      total: typeof total === "number" ? total : total.value,
      hits: hits.map(({ _source }) => ({ source: _source })),
    }));
  }
}

interface Answer {
  readonly hits: {
    readonly total: { readonly value: number } | number;
    readonly hits: readonly { readonly _source: Json }[];
  };
}

/** The value at a dotted place of a document, whether it is written as objects or with dots. */
export function valueAt(document: Json, name: string): unknown {
  if (name in document) return document[name];
  for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const inner = document[name.slice(0, dot)];
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner)) {
      const found = valueAt(inner as Json, name.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
