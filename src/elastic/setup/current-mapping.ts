/** @module Whether the index that is written to has the mapping of our template: it has that of the time when it was made. */
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import type { AssetSettings, Json } from "../asset.ts";
import type { Flavour } from "../flavour.ts";
import { mappings } from "../mapping/mappings.ts";

/** Names of fields, and their types. */
function typesOf(properties: Json, prefix = "", found = new Map<string, unknown>()): Map<string, unknown> {
  for (const [name, property] of Object.entries(properties) as [string, Json][]) {
    if (property.properties === undefined) found.set(prefix + name, property.type);
    else typesOf(property.properties as Json, `${prefix}${name}.`, found);
  }
  return found;
}

interface Mapped {
  readonly mappings?: { readonly properties?: Json };
}

/** The fields of which the newest index of a name has no mapping, or another one. @throws ClusterError */
export async function differingFields(
  cluster: Cluster,
  settings: AssetSettings,
  flavour: Flavour,
): Promise<string[]> {
  const there = await cluster.json(
    "GET",
    `/${encodeURIComponent(settings.name.index)}/_mapping`,
    undefined,
    (json: Readonly<Record<string, Mapped>>) => {
      const newest = Object.keys(json).sort().at(-1);
      return newest === undefined ? undefined : typesOf(json[newest]!.mappings?.properties ?? {});
    },
  );
  if (there === undefined) return [];
  const ours = typesOf(mappings(flavour, settings.hasOriginal).properties as Json);
  return [...ours].filter(([name, type]) => there.get(name) !== type).map(([name]) => name);
}
