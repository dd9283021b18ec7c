/** @module The mappings of an index with events: every field that the encoder writes, by its type. */
import { NESTED } from "../../encoding/ecs/fields.ts";
import type { Flavour } from "../flavour.ts";
import { mappedFields, ORIGINAL } from "./fields.ts";
import { type Property, propertyOf, propertyTree } from "./properties.ts";

/** Mappings, as a template has them. @param hasOriginal Whether documents have a copy of the event, as `--ecs-original` makes. */
export function mappings(flavour: Flavour, hasOriginal: boolean): Property {
  const fields = mappedFields().map((field) => [field.name, propertyOf(field, flavour)] as const);
  const original = hasOriginal
    ? { type: "keyword", index: false, doc_values: false }
    : // The event as it came, by the name that rules of the schema ask for, without a second copy.
      { type: "alias", path: "message" };
  return {
    date_detection: false,
    // Of what others add on the way: Filebeat says which file and which host.
    dynamic_templates: [
      {
        texts_as_keywords: {
          match_mapping_type: "string",
          mapping: { type: "keyword", ignore_above: 1024 },
        },
      },
    ],
    // Of the event itself only what is listed: names that come from outside, such as labels, make no fields.
    properties: propertyTree([...fields, [ORIGINAL, original]], [NESTED]),
  };
}
