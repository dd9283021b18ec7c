/** @module The package's definitions of fields, from the table that the mappings come from. */
import { EcsFlat } from "@elastic/ecs";
import { PRINTED } from "../../../src/elastic/flavour.ts";
import { mappedFields, ORIGINAL } from "../../../src/elastic/mapping/fields.ts";
import { propertyOf } from "../../../src/elastic/mapping/properties.ts";
import { ECS_FIELDS } from "../../../src/encoding/ecs/fields.ts";
import { DATA_STREAM, MODULE } from "../../../src/encoding/ecs/settings.ts";

/** Fields that every data stream has to define itself. */
const BASE = new Set([
  "@timestamp",
  "data_stream.type",
  "data_stream.dataset",
  "data_stream.namespace",
  "event.module",
  "event.dataset",
]);

interface Definition {
  readonly name: string;
  readonly [key: string]: unknown;
}

/** `base-fields.yml` */
export function baseFields(): Definition[] {
  const constant = (name: string, value?: string): Definition => ({
    name,
    type: "constant_keyword",
    description: `Field ${name} of the Elastic Common Schema.`,
    ...(value !== undefined && { value }),
  });
  return [
    constant("data_stream.type"),
    constant("data_stream.dataset"),
    constant("data_stream.namespace"),
    constant("event.module", MODULE),
    constant("event.dataset", DATA_STREAM.dataset),
    { name: "@timestamp", type: "date", description: "When it happened." },
  ];
}

/** `ecs.yml`: what the schema itself defines. */
export function ecsFields(): Definition[] {
  return ECS_FIELDS.filter(({ name }) => name in EcsFlat && !BASE.has(name) && name !== ORIGINAL).map(
    ({ name }) => ({
      name,
      external: "ecs",
    }),
  );
}

/** `fields.yml`: what it does not. */
export function ownFields(): Definition[] {
  const froms = new Map(ECS_FIELDS.map(({ name, from }) => [name, from]));
  const known = new Set([...ecsFields(), ...baseFields()].map(({ name }) => name));
  return [
    { name: ORIGINAL, type: "alias", path: "message", description: "The event as it came." },
    ...mappedFields()
      .filter(({ name }) => !known.has(name))
      .map((field) => {
        const { type, ignore_above, ignore_malformed, format } = propertyOf(field, PRINTED.elasticsearch);
        return {
          name: field.name,
          type,
          description: froms.get(field.name) ?? "Of the event as it came.",
          ...(ignore_above !== undefined && ignore_above !== 1024 && { ignore_above }),
          ...(ignore_malformed !== undefined && type !== "date_nanos" && { ignore_malformed }),
          ...(format !== undefined && { date_format: format }),
        };
      }),
  ];
}
