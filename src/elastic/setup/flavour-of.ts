/** @module Asks a server what it has. */
import { answerError } from "../../lib/elasticsearch/answer.ts";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { serverFacts } from "../../lib/elasticsearch/server.ts";
import { type Flavour, isAtLeast } from "../flavour.ts";

/** Asks. @throws ClusterError when it does not answer, or does not let us in. */
export async function flavourOf(cluster: Cluster): Promise<Flavour> {
  const { distribution, version } = await serverFacts(cluster);
  const has = async (path: string): Promise<boolean> => {
    const answer = await cluster.request({ path });
    if (answer.status === 401 || answer.status === 403 || answer.status >= 500) throw answerError(answer);
    // A server that lacks a part takes its path for the name of an index, or for no path at all.
    return answer.status < 300;
  };
  const isOpenSearch = distribution === "opensearch";
  const lifecycle = isOpenSearch
    ? (await has("/_plugins/_ism/policies?size=1"))
      ? "ism"
      : "none"
    : (await has("/_ilm/status"))
      ? "ilm"
      : "none";
  return {
    distribution,
    version,
    hasDataStreams: await has("/_data_stream"),
    lifecycle,
    textType: isOpenSearch && !isAtLeast(version, 2, 12) ? "text" : "match_only_text",
    hasPipelineMeta: !isOpenSearch,
  };
}
