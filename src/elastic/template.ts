/** @module Component templates and the index template of the data stream. */
import type { Asset, AssetSettings, Json } from "./asset.ts";
import type { Flavour } from "./flavour.ts";
import { mappings } from "./mapping/mappings.ts";
import type { StreamName } from "./stream-name.ts";

/** Above the server's own template for `logs-*-*`, and the same as Fleet's. */
const PRIORITY = 200;
/** Fields that are searched when a query names none. */
const SEARCHED = ["message", "process.command_line", "process.name", "event.action"];

/** Names of the component templates, in the scheme that Fleet has. */
export function componentNames({ base }: StreamName) {
  return { settings: `${base}@settings`, mappings: `${base}@mappings`, custom: `${base}@custom` } as const;
}

/** The templates, in the order in which they have to be written. */
export function templates({ name, hasOriginal }: AssetSettings, flavour: Flavour): Asset[] {
  const names = componentNames(name);
  return [
    component(names.settings, { settings: settings(name, flavour) }),
    component(names.mappings, { mappings: mappings(flavour, hasOriginal) }),
    { ...component(names.custom, { settings: {} }), isUsers: true },
    {
      kind: "index template",
      name: name.base,
      path: `/_index_template/${name.base}`,
      body: {
        index_patterns: [name.pattern],
        priority: PRIORITY,
        composed_of: [names.settings, names.mappings, names.custom],
        ...(flavour.hasDataStreams && { data_stream: {} }),
      },
      mark: "_meta",
      read: (answer) => first(answer, "index_templates", "index_template"),
    },
  ];
}

function component(name: string, template: Json): Asset {
  return {
    kind: "component template",
    name,
    path: `/_component_template/${name}`,
    body: { template },
    mark: "_meta",
    read: (answer) => first(answer, "component_templates", "component_template"),
  };
}

function settings({ base }: StreamName, { lifecycle }: Flavour): Json {
  return {
    index: {
      // Half the space on disk, for a tenth more work when events are written.
      codec: "best_compression",
      refresh_interval: "5s",
      query: { default_field: SEARCHED },
      ...(lifecycle === "ilm" && { lifecycle: { name: base } }),
    },
  };
}

/** What a GET of one object answers with: a list of one. */
function first(answer: Json, list: string, member: string): Json | undefined {
  const [found] = (answer[list] ?? []) as readonly Json[];
  return found?.[member] as Json | undefined;
}
