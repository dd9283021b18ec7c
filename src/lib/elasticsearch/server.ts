/** @module Which server it is, and which index a name means at present. */
import { answerError, readJson } from "./answer.ts";
import type { Cluster } from "./cluster.ts";
import { ClusterError } from "./error.ts";

/** What a server says of itself. */
export interface ServerFacts {
  readonly distribution: "elasticsearch" | "opensearch";
  /** `8.15.0` */
  readonly version: string;
  readonly clusterName: string;
}

/** Asks which server it is. @throws ClusterError */
export async function serverFacts(cluster: Cluster): Promise<ServerFacts> {
  const { version, cluster_name } = await cluster.json<Greeting>("GET", "/");
  if (typeof version?.number !== "string")
    throw new ClusterError("answer", "The answer to GET / is not that of Elasticsearch or OpenSearch");
  return {
    distribution: version.distribution === "opensearch" ? "opensearch" : "elasticsearch",
    version: version.number,
    clusterName: cluster_name ?? "",
  };
}

/**
 * Which index a name writes to at present: another text after each rollover of a data stream or an alias. `""` for an index
 * of that name, and where there is nothing yet.
 * @throws ClusterError also when the server does not say, for want of a right.
 */
export async function writeIndexOf(cluster: Cluster, name: string, signal?: AbortSignal): Promise<string> {
  const path = encodeURIComponent(name);
  const ended = signal === undefined ? {} : { signal };
  const stream = await cluster.request({ path: `/_data_stream/${path}`, ...ended });
  if (stream.status === 200) {
    const found = readJson(stream, ({ data_streams: [first] = [] }: Streams) =>
      first === undefined ? undefined : `${first.generation}:${first.indices?.at(-1)?.index_name ?? ""}`,
    );
    if (found !== undefined) return found;
  } else if (stream.status === 401 || stream.status === 403 || stream.status >= 500)
    throw answerError(stream);
  // A server without data streams takes that for a name of its own, and says 400, 404 or 405.
  const alias = await cluster.request({ path: `/_alias/${path}`, ...ended });
  if (alias.status === 404) return "";
  if (alias.status !== 200) throw answerError(alias);
  return readJson(alias, (json: Readonly<Record<string, AliasedIndex>>) => {
    const indices = Object.entries(json);
    const writing = indices.find(([, { aliases }]) => aliases?.[name]?.is_write_index === true) ?? indices[0];
    return writing?.[0] ?? "";
  });
}

interface Greeting {
  readonly version?: { readonly number?: string; readonly distribution?: string } | null;
  readonly cluster_name?: string;
}

interface Streams {
  readonly data_streams?: readonly DataStream[];
}

interface DataStream {
  readonly generation?: number;
  readonly indices?: readonly { readonly index_name?: string }[];
}

interface AliasedIndex {
  readonly aliases?: Readonly<Record<string, { readonly is_write_index?: boolean }>>;
}
