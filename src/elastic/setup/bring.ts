/** @module Brings one object of a server to what it is to be, unless somebody else has changed it. Does nothing twice. */
import { answerError, type ClusterAnswer, isObject, readJson } from "../../lib/elasticsearch/answer.ts";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../lib/elasticsearch/error.ts";
import type { Asset, Json } from "../asset.ts";
import { digest, type Mark, marked, unmarked } from "./mark.ts";

/** What became of an object. `foreign` and `changed` are refused: somebody else has made or changed it. */
export type Outcome = "created" | "updated" | "up to date" | "yours" | "foreign" | "changed";

/** How it is brought there. */
export interface BringSettings {
  readonly cluster: Cluster;
  /** Of this executable. */
  readonly version: string;
  /** Say what would be done, and do nothing. */
  readonly isDryRun: boolean;
  /** Write over what others have made or changed. */
  readonly isForced: boolean;
}

/** What a server has of an asset. */
interface Found {
  readonly object: Json;
  /** Of an object that names the version it replaces. */
  readonly query: string;
}

/** @throws ClusterError when the server does not answer, or refuses. */
export async function bring(asset: Asset, settings: BringSettings): Promise<Outcome> {
  const { isDryRun, isForced } = settings;
  const found = await find(asset, settings);
  if (found === undefined) {
    if (!isDryRun) await write(asset, "", settings);
    return "created";
  }
  if (asset.isUsers === true || asset.body === undefined) return asset.isUsers ? "yours" : "up to date";
  const { body, mark } = unmarked(asset, found.object);
  if (!isForced) {
    if (mark === undefined) return "foreign";
    if (mark.stored !== "" && mark.stored !== digest(body)) return "changed";
  }
  const isCurrent = mark?.definition === digest(asset.body) && mark.stored === digest(body);
  if (isCurrent) return "up to date";
  if (!isDryRun) await write(asset, found.query, settings);
  return "updated";
}

async function find(asset: Asset, { cluster }: BringSettings): Promise<Found | undefined> {
  const answer = await cluster.request({ path: asset.path });
  if (answer.status === 404) return undefined;
  return read(answer, (json) => {
    const object = asset.read(json);
    if (object === undefined) return undefined;
    if (!isObject(object)) throw new TypeError(`The ${asset.kind} is no object`);
    const { _seq_no, _primary_term } = json;
    return {
      object,
      query: asset.isVersioned === true ? `?if_seq_no=${_seq_no}&if_primary_term=${_primary_term}` : "",
    };
  });
}

/** Writes it, and once more with a digest of what the server has made of it. What the server says it has done is looked at. */
async function write(asset: Asset, query: string, settings: BringSettings): Promise<void> {
  const { cluster, version } = settings;
  /** @returns What the server has then. */
  const put = async (body: Json | undefined, at: string): Promise<Found> => {
    const answer = await cluster.request({
      method: "PUT",
      path: asset.path + at,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    read(answer, () => {});
    const found = await find(asset, settings);
    if (found === undefined || (body !== undefined && !hasMarkOf(asset, body, found.object)))
      throw new ClusterError(
        "answer",
        `${answer.url}: the answer is not true: the ${asset.kind} is not there as it was written`,
        { status: answer.status },
      );
    return found;
  };
  if (asset.mark === undefined || asset.isUsers === true) {
    await put(asset.body, query);
    return;
  }
  const mark: Mark = { version, definition: digest(asset.body ?? {}), stored: "" };
  const found = await put(marked(asset, mark), query);
  const stored = digest(unmarked(asset, found.object).body);
  await put(marked(asset, { ...mark, stored }), found.query);
}

/** Whether both have the same mark, or none. */
function hasMarkOf(asset: Asset, written: Json, there: Json): boolean {
  const [one, other] = [unmarked(asset, written).mark, unmarked(asset, there).mark];
  return one?.definition === other?.definition && one?.stored === other?.stored;
}

/** What an answer says. @throws ClusterError for one that refuses, and for what no such server says. */
function read<T>(answer: ClusterAnswer, take: (json: Json) => T): T {
  if (answer.status >= 300) throw answerError(answer);
  return readJson(answer.text === "" ? { ...answer, text: "{}" } : answer, take);
}
