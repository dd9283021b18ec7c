/**
 * @module What CEL expressions on events may name, as in Tetragon: a variable for each event type, Tetragon's
 * messages and enums, and its package as the container.
 */
import {
  FieldFilter,
  Filter,
  GetEventsResponse,
  RedactionFilter,
  typesWithin,
} from "../../event/description/index.ts";
import { eventTypes } from "../../event/fields.ts";
import type { Environment, MessageType } from "../../lib/cel/index.ts";
import { messageTypes, PACKAGE } from "./message-type.ts";

let environment: Environment | undefined;

/** The environment of every expression, made when first asked for: most configurations have no CEL. */
export function eventEnvironment(): Environment {
  environment ??= {
    variables: eventVariables(),
    messages: messageTypes(),
    constants: enumConstants(),
    container: PACKAGE,
  };
  return environment;
}

/** Field names of the event types, to their messages. */
function eventVariables(): ReadonlyMap<string, MessageType> {
  const variables = new Map<string, MessageType>();
  for (const [field, { name }] of eventTypes()) variables.set(field, messageTypes().get(name)!);
  return variables;
}

/** The values of all enums that occur in events and in filters. */
function enumConstants(): ReadonlyMap<string, bigint> {
  const constants = new Map<string, bigint>();
  const { enums } = typesWithin(GetEventsResponse, Filter, RedactionFilter, FieldFilter);
  for (const { name, table } of enums.values()) {
    for (const [value, number] of Object.entries(table)) constants.set(`${name}.${value}`, BigInt(number));
  }
  return constants;
}
