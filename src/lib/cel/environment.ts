/** @module What the names in an expression stand for: variables, constants, types. */
import { asObject, type JsonObject } from "../json/object.ts";
import type { Compiled } from "./frame.ts";
import { INT, TYPE } from "./type.ts";
import { type MessageType, MessageValue, TypeValue } from "./value.ts";

/** What an expression may name beside CEL's own functions and types. Nothing in it changes after it was handed in. */
export interface Environment {
  /** Messages that each evaluation gets, by the names of the variables that hold them. */
  readonly variables: ReadonlyMap<string, MessageType>;
  /** Message types by their full name: `tetragon.Process`. */
  readonly messages: ReadonlyMap<string, MessageType>;
  /** Values of enums by their full name: `tetragon.KprobeAction.KPROBE_ACTION_POST`. */
  readonly constants: ReadonlyMap<string, bigint>;
  /** The package in which names of types and constants are looked up first (cel-go's container), without a dot at its end. */
  readonly container: string;
}

/** Types that every environment has; those of protobuf and Kubernetes by their own names. */
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

/** What `name`, with its dots, stands for in `environment`, or `undefined`. */
export function resolveName(name: string, environment: Environment): Compiled | undefined {
  const { variables, messages, constants, container } = environment;
  const absolute = name.startsWith(".") ? name.slice(1) : name;
  const variable = variables.get(absolute);
  if (variable !== undefined) return compileVariable(absolute, variable);
  // The container comes first, as in cel-go, and then the name as it is.
  const inContainer = absolute.startsWith(`${container}.`) ? absolute : `${container}.${absolute}`;
  const constant = constants.get(inContainer);
  if (constant !== undefined) return { type: INT, evaluate: () => constant };
  const typeName = messages.has(inContainer) ? inContainer : absolute;
  if (!TYPE_NAMES.has(typeName) && !messages.has(typeName)) return undefined;
  const value = new TypeValue(typeName);
  return { type: TYPE, evaluate: () => value };
}

const NO_FIELDS: JsonObject = {};

/** A variable that an evaluation is not given is a message without fields set. */
function compileVariable(name: string, message: MessageType): Compiled {
  return {
    type: { kind: "message", message },
    evaluate: ({ variables }) => new MessageValue(message, asObject(variables[name]) ?? NO_FIELDS),
  };
}
