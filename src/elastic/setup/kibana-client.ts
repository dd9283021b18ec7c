/** @module Kibana or OpenSearch Dashboards: which it is, and what it is given. */
import { answerError, type ClusterAnswer, readJson } from "../../lib/elasticsearch/answer.ts";
import type { Cluster, ClusterRequest } from "../../lib/elasticsearch/cluster.ts";
import type { Json } from "../asset.ts";
import { isAtLeast } from "../flavour.ts";
import { type SavedObject, toNdjson } from "../kibana/object.ts";
import type { Reader } from "../kibana/objects.ts";

/** What answers. */
export interface KibanaFacts {
  readonly reader: Reader;
  readonly version: string;
  readonly isKibana: boolean;
}

/** Both want to see that a request is none that a page of others has made. */
const HEADERS = { "kbn-xsrf": "true", "osd-xsrf": "true" };
const BOUNDARY = "tetrad-saved-objects";

async function ask(kibana: Cluster, request: ClusterRequest): Promise<ClusterAnswer> {
  const answer = await kibana.request({ ...request, headers: { ...HEADERS, ...request.headers } });
  if (answer.status >= 300) throw answerError(answer);
  return answer;
}

/** Asks which it is. @throws ClusterError */
export async function kibanaFacts(kibana: Cluster): Promise<KibanaFacts> {
  const answer = await ask(kibana, { path: "/api/status" });
  const number = readJson(answer, ({ version }: Status) => String(version?.number ?? ""));
  // OpenSearch Dashboards began with 1 anew.
  const isKibana = isAtLeast(number, 7, 0);
  const isLens = isKibana && isAtLeast(number, 8, 8);
  return {
    reader: isLens ? "kibana" : "opensearch-dashboards",
    version: number,
    isKibana,
  };
}

/** What became of saved objects. */
export interface ImportOutcome {
  readonly imported: number;
  /** Of objects that are there already, and were left alone. */
  readonly kept: number;
  /** What is wrong with the others. */
  readonly problems: readonly string[];
}

/** Imports objects. Those that are there stay as they are, unless `isForced`. @throws ClusterError */
export async function importObjects(
  kibana: Cluster,
  objects: readonly SavedObject[],
  isForced: boolean,
): Promise<ImportOutcome> {
  const body = [
    `--${BOUNDARY}`,
    'Content-Disposition: form-data; name="file"; filename="tetrad.ndjson"',
    "Content-Type: application/ndjson",
    "",
    toNdjson(objects),
    `--${BOUNDARY}--`,
    "",
  ].join("\r\n");
  const answer = await ask(kibana, {
    method: "POST",
    path: `/api/saved_objects/_import?overwrite=${isForced}`,
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body,
  });
  return readJson(answer, ({ successCount = 0, errors = [] }: Imported) => ({
    imported: successCount,
    kept: errors.filter(isConflict).length,
    problems: errors
      .filter((each) => !isConflict(each))
      .map(({ id, type, error }) => `${type} ${id}: ${error?.message ?? error?.type ?? "refused"}`),
  }));
}

interface Status {
  readonly version?: { readonly number?: string } | null;
}

interface ImportProblem {
  readonly id: string;
  readonly type: string;
  readonly error?: { readonly type?: string; readonly message?: string };
}

interface Imported {
  readonly successCount?: number;
  readonly errors?: readonly ImportProblem[];
}

function isConflict({ error }: ImportProblem): boolean {
  return error?.type === "conflict";
}

/** Makes a rule unless there is one of that id. @returns Whether it was made. @throws ClusterError */
export async function createRule(kibana: Cluster, uuid: string, rule: Json): Promise<boolean> {
  const answer = await kibana.request({
    method: "POST",
    path: `/api/alerting/rule/${uuid}`,
    headers: HEADERS,
    body: JSON.stringify(rule),
  });
  if (answer.status === 409) return false;
  if (answer.status >= 300) throw answerError(answer);
  return true;
}

interface Found {
  readonly hits?: { readonly hits?: readonly unknown[] };
}

/** The same for OpenSearch, which gives ids of its own: unless there is one of that name. @throws ClusterError */
export async function createMonitor(cluster: Cluster, name: string, monitor: Json): Promise<boolean> {
  const found = await cluster.request({
    method: "POST",
    path: "/_plugins/_alerting/monitors/_search",
    body: JSON.stringify({ query: { term: { "monitor.name.keyword": name } } }),
  });
  // Before the first monitor there is no index of them.
  if (found.status !== 404) {
    if (found.status >= 300) throw answerError(found);
    const isThere = readJson(found, ({ hits }: Found) => (hits?.hits ?? []).length > 0);
    if (isThere) return false;
  }
  await cluster.json("POST", "/_plugins/_alerting/monitors", monitor);
  return true;
}
