/** @module Saved objects as a package has them: one file for each, texts of JSON taken apart. */

import type { ObjectNames, SavedObject } from "../../../src/elastic/kibana/object.ts";
import { savedObjects } from "../../../src/elastic/kibana/objects.ts";
import { parseStreamName } from "../../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../../src/exporter/elasticsearch/options.ts";
import { PACKAGE } from "./manifests.ts";

/** The data view that Kibana has for all logs: a package brings none of its own. */
const NAMES: ObjectNames = {
  dataView: "logs-*",
  isOwnDataView: false,
  prefix: PACKAGE,
  stream: parseStreamName(DEFAULT_INDEX),
};

/** Attributes that are JSON in a text. */
const TEXTS = /JSON$/;

function takenApart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(takenApart);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      TEXTS.test(key) && typeof inner === "string" ? takenApart(JSON.parse(inner)) : takenApart(inner),
    ]),
  );
}

/** The files, by their path in the package. */
export function assetFiles(): Record<string, string> {
  return Object.fromEntries(
    savedObjects(NAMES, "kibana").map((object: SavedObject) => [
      `kibana/${object.type}/${object.id}.json`,
      `${JSON.stringify(takenApart(object), null, 4)}\n`,
    ]),
  );
}
