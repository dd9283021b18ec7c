/** @module Everything that a server is given, in the order in which it is written: what others name comes first. */
import type { Asset, AssetSettings, Json } from "./asset.ts";
import type { Flavour } from "./flavour.ts";
import { lifecyclePolicy } from "./lifecycle.ts";
import { pipeline } from "./pipeline/pipeline.ts";
import type { StreamName } from "./stream-name.ts";
import { templates } from "./template.ts";

/** All of it, for one data stream. */
export function assets(settings: AssetSettings, flavour: Flavour): Asset[] {
  const policy = lifecyclePolicy(settings.name, flavour, settings.retentionDays);
  return [
    ...(policy === undefined ? [] : [policy]),
    pipeline(settings.name, flavour),
    ...templates(settings, flavour),
    stream(settings.name, flavour),
  ];
}

/** What events go to. Without data streams it is an index, which the server would make by itself, too. */
function stream({ index }: StreamName, { hasDataStreams }: Flavour): Asset {
  if (!hasDataStreams) {
    return { kind: "index", name: index, path: `/${index}`, read: (answer) => answer[index] as Json };
  }
  return {
    kind: "data stream",
    name: index,
    path: `/_data_stream/${index}`,
    read: ({ data_streams }) => (data_streams as readonly Json[] | undefined)?.[0],
  };
}
