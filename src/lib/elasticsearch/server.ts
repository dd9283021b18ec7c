/** @module Which server it is. */
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

interface Greeting {
  readonly version?: { readonly number?: string; readonly distribution?: string } | null;
  readonly cluster_name?: string;
}
