/** @module Puts events into an index as the agent does. */
import { EcsEncoder } from "../../src/encoding/ecs/encoder.ts";
import type { Cluster } from "../../src/lib/elasticsearch/cluster.ts";

/** @returns Why documents were refused. */
export async function indexEvents(
  cluster: Cluster,
  index: string,
  lines: readonly string[],
): Promise<string[]> {
  const encoder = new EcsEncoder({ agent: { version: "v0.1.0", id: "demo" } });
  const documents = lines.map((line) => encoder.textOf(Buffer.from(line), 0, Buffer.byteLength(line)));
  const { items } = await bulk(cluster, index, documents);
  return items.flatMap(({ create }) => (create.error === undefined ? [] : [JSON.stringify(create.error)]));
}

async function bulk(cluster: Cluster, index: string, documents: readonly string[]) {
  const body = documents.map((text) => `{"create":{}}\n${text}\n`).join("");
  const { text } = await cluster.request({
    method: "POST",
    path: `/${index}/_bulk?refresh=true`,
    type: "application/x-ndjson",
    body,
  });
  return JSON.parse(text) as { items: { create: { error?: unknown } }[] };
}
