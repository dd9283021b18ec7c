/** @module What names in an expression stand for: event types, enum values, types. */
import * as enums from "../../event/schema/enum.ts";
import { GetEventsResponse } from "../../event/schema/event.ts";
import type { Evaluate } from "../../lib/cel/frame.ts";
import { INT, type MessageType, TYPE, type Type } from "../../lib/cel/type.ts";
import { MessageValue, TypeValue } from "../../lib/cel/value.ts";
import { asObject } from "../subject.ts";
import { messageTypes, PACKAGE } from "./message-type.ts";

/** A compiled expression. */
export interface Compiled {
  readonly type: Type;
  readonly evaluate: Evaluate;
}

const TYPE_NAMES: ReadonlySet<string> = new Set([
  "bool",
  "bytes",
  "double",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "type",
  "uint",
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
  "net.IP",
  "net.CIDR",
]);

const NONE = {};

/** Field names of the event types, to their messages' names: they are the variables of an expression. */
const VARIABLES: ReadonlyMap<string, string> = new Map(
  Object.keys(enums.EventType)
    .map((name) => name.toLowerCase())
    .filter((field) => field in GetEventsResponse.pipe[1].entries)
    .map((field) => [field, field.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())]),
);

/** What `name` stands for, or `undefined`. Dots and all: `process_exec`, `tetragon.KprobeAction.KPROBE_ACTION_POST`. */
export function resolveName(name: string): Compiled | undefined {
  const absolute = name.startsWith(".") ? name.slice(1) : name;
  const message = VARIABLES.get(absolute);
  if (message !== undefined) return variable(absolute, messageTypes().get(`${PACKAGE}.${message}`)!);
  // The container comes first, as in cel-go, and then the name as it is.
  const inPackage = absolute.startsWith(`${PACKAGE}.`) ? absolute : `${PACKAGE}.${absolute}`;
  const number = enumValue(inPackage.slice(PACKAGE.length + 1));
  if (number !== undefined) return { type: INT, evaluate: () => number };
  const typeName = messageTypes().has(inPackage) ? inPackage : absolute;
  if (!TYPE_NAMES.has(typeName) && !messageTypes().has(typeName)) return undefined;
  const value = new TypeValue(typeName);
  return { type: TYPE, evaluate: () => value };
}

/** An event's payload; of events of another type it is a message without fields set. */
function variable(field: string, message: MessageType): Compiled {
  return {
    type: { kind: "message", message },
    evaluate: ({ event }) => new MessageValue(message, asObject(event[field]) ?? NONE),
  };
}

function enumValue(name: string): bigint | undefined {
  const [table, value, ...rest] = name.split(".");
  if (table === undefined || value === undefined || rest.length > 0) return undefined;
  const numbers: Readonly<Record<string, number>> | undefined = Object.entries(enums).find(
    ([enumName]) => enumName === table,
  )?.[1];
  return numbers !== undefined && Object.hasOwn(numbers, value) ? BigInt(numbers[value]!) : undefined;
}
