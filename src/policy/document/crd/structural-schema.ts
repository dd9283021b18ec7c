/** @module The structural schema of `spec`: what an API server holds policies to, derived from what the reader goes by. */
import type { ListedSection } from "../../policy.ts";
import { SECTIONS } from "../meaning/sections.ts";
import { ACTION } from "../schema/action.ts";
import type { Field, Kind, ObjectSchema } from "../schema/kind.ts";
import { SPEC } from "../schema/tracing-policy.ts";
import { fieldLimits, MOST_ITEMS, NAMESPACED_RULES, objectRules, type Rule } from "./rules.ts";

type Schema = Readonly<Record<string, unknown>>;

/** @param isNamespaced Whether it is of a policy for one namespace. */
export function policySpecSchema(isNamespaced: boolean): Schema {
  const schema = objectSchema(SPEC);
  if (!isNamespaced) return schema;
  const rules = (schema["x-kubernetes-validations"] ?? []) as readonly Rule[];
  return { ...schema, "x-kubernetes-validations": [...rules, ...NAMESPACED_RULES] };
}

/** @param section That it is in; what may be done differs. */
function objectSchema(object: ObjectSchema, section?: ListedSection): Schema {
  const required = Object.entries(object.fields).flatMap(([name, { isRequired }]) =>
    isRequired ? [name] : [],
  );
  const rules = objectRules(object.name);
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(
      Object.entries(object.fields).map(([name, field]) => [
        name,
        {
          ...fieldSchema(field, object === SPEC && isSection(name) ? name : section),
          ...fieldLimits(object.name, name),
          ...(object === ACTION && name === "action" && section !== undefined
            ? { enum: SECTIONS[section].actions }
            : {}),
        },
      ]),
    ),
    ...(rules.length === 0 ? {} : { "x-kubernetes-validations": rules }),
  };
}

/** Defaults are left to the agents: an object says what its author has written. */
function fieldSchema({ doc, is }: Field, section: ListedSection | undefined): Schema {
  return { description: doc, ...valueSchema(is, section) };
}

function isSection(name: string): name is ListedSection {
  return Object.hasOwn(SECTIONS, name);
}

function valueSchema(kind: Kind, section: ListedSection | undefined): Schema {
  switch (kind.kind) {
    case "text":
      return { type: "string" };
    case "flag":
      return { type: "boolean" };
    case "integer":
      return { type: "integer", format: "int64", minimum: kind.min, maximum: kind.max };
    case "choice":
      return { type: "string", enum: kind.values };
    case "list":
      // Rules may be asked of so many at most: an API server wants to know beforehand what they cost.
      return {
        type: "array",
        ...(kind.of.kind === "object" ? { maxItems: MOST_ITEMS } : {}),
        items: valueSchema(kind.of, section),
      };
    case "table":
      return { type: "object", additionalProperties: valueSchema(kind.of, section) };
    case "object":
      return { ...objectSchema(kind.schema, section), ...(kind.isNullable ? { nullable: true } : {}) };
    case "anything":
      return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  }
}
