/**
 * @module What CEL expressions on events may name, as in Tetragon: a variable for each event type, Tetragon's
 * messages and enums, and its package as the container.
 */
import * as enums from "../../event/schema/enum.ts";
import { GetEventsResponse } from "../../event/schema/event.ts";
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
  for (const name of Object.keys(enums.EventType)) {
    const field = name.toLowerCase();
    if (!(field in GetEventsResponse.pipe[1].entries)) continue;
    const message = field.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    variables.set(field, messageTypes().get(`${PACKAGE}.${message}`)!);
  }
  return variables;
}

function enumConstants(): ReadonlyMap<string, bigint> {
  const constants = new Map<string, bigint>();
  for (const [name, numbers] of Object.entries(enums)) {
    for (const [value, number] of Object.entries<number>(numbers)) {
      constants.set(`${PACKAGE}.${name}.${value}`, BigInt(number));
    }
  }
  return constants;
}
