/** @module Tetragon's messages as CEL types, read off the event schemas. */
import * as arguments_ from "../../event/schema/argument.ts";
import * as enums from "../../event/schema/enum.ts";
import * as events from "../../event/schema/event.ts";
import * as processes from "../../event/schema/process.ts";
import {
  enumReader,
  listReader,
  type MessageField,
  type MessageType,
  messageReader,
  type Reader,
  SCALAR_READERS,
  stringMapReader,
  wrapperReader,
} from "../../lib/cel/index.ts";

/** The package of all messages, and the container in which names are looked up first. */
export const PACKAGE = "tetragon";

/** Integers and booleans that are wrapped, so that they may be null. The schemas do not tell them apart. */
const WRAPPED: Readonly<Record<string, readonly string[]>> = {
  BinaryProperties: ["setuid", "setgid"],
  Container: ["pid"],
  InodeProperties: ["links"],
  KernelModule: ["signature_ok"],
  KprobeCapability: ["value"],
  KprobeUserNamespace: ["level", "owner", "group"],
  Process: ["pid", "uid", "auid", "tid", "in_init_tree"],
  ProcessCredentials: ["uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid"],
  UserNamespace: ["level", "uid", "gid"],
};

/** Schemas that describe a message which another schema describes too, to that one's name. */
const SAME_MESSAGE: Readonly<Record<string, string>> = { Parent: "Process" };

/** The only message with a `oneof` inside: all its fields but this one. */
const ONEOF_MESSAGE = "KprobeArgument";
const NOT_IN_ONEOF = "label";

/** What is read of a valibot schema. */
interface SchemaNode {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly pipe?: readonly SchemaNode[];
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly message?: unknown;
}

/** Names of enum values in Tetragon's package are unique. */
const ENUM_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.values(enums).flatMap((table) => Object.entries<number>(table)),
);

/** Readers by what the schema of a scalar says it expects, in words, or by its type. */
const READERS: ReadonlyMap<unknown, Reader> = new Map<unknown, Reader>([
  ["boolean", SCALAR_READERS.bool],
  ["string", SCALAR_READERS.string],
  ["int32", SCALAR_READERS.int32],
  ["int64", SCALAR_READERS.int64],
  ["uint32", SCALAR_READERS.uint32],
  ["uint64", SCALAR_READERS.uint64],
  ["base64", SCALAR_READERS.bytes],
  ["RFC 3339 time", SCALAR_READERS.timestamp],
  ["enum name", enumReader(ENUM_NUMBERS)],
]);

/** The types of all messages by name, made once: names may refer to each other. */
class MessageTypes {
  readonly #types = new Map<SchemaNode, MessageType>();
  readonly #names = new Map<SchemaNode, string>();
  /** The types by their name with the package. */
  readonly byName = new Map<string, MessageType>();

  constructor() {
    for (const [name, schema] of Object.entries({ ...processes, ...arguments_, ...events })) {
      const node = schema as unknown as SchemaNode;
      if (entriesOf(node) !== undefined) this.#names.set(node, SAME_MESSAGE[name] ?? name);
    }
    for (const node of this.#names.keys()) this.#messageType(node);
  }

  #messageType(node: SchemaNode): MessageType {
    const known = this.#types.get(node);
    if (known !== undefined) return known;
    const name = this.#names.get(node);
    if (name === undefined) throw new TypeError("Cannot name a message type: its schema is not exported");
    const same = this.byName.get(`${PACKAGE}.${name}`);
    if (same !== undefined) return same;
    const fields = new Map<string, MessageField>();
    const type: MessageType = { name: `${PACKAGE}.${name}`, fields };
    this.#types.set(node, type);
    this.byName.set(type.name, type);
    for (const [field, schema] of Object.entries(entriesOf(node)!)) {
      const reader = this.#reader(schema.wrapped ?? schema, `${name}.${field}`);
      const isWrapped = WRAPPED[name]?.includes(field) === true;
      fields.set(field, {
        ...(isWrapped ? wrapperReader(reader) : reader),
        hasPresence: name === ONEOF_MESSAGE && field !== NOT_IN_ONEOF,
      });
    }
    return type;
  }

  #reader(node: SchemaNode, place: string): Reader {
    if (entriesOf(node) !== undefined) return messageReader(this.#messageType(node));
    if (node.type === "array") return listReader(this.#reader(node.item!, place));
    if (node.pipe?.some(({ type }) => type === "record")) return stringMapReader(SCALAR_READERS.string);
    const { type, message } = node.pipe?.[0] ?? node;
    const scalar = READERS.get(type === "custom" ? message : type);
    if (scalar !== undefined) return scalar;
    throw new TypeError(`Cannot tell the CEL type of "${place}": its schema is not known`);
  }
}

function entriesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> | undefined {
  return node.pipe?.find(({ entries }) => entries !== undefined)?.entries;
}

let types: MessageTypes | undefined;

/** All message types by name, made when first asked for: most configurations have no CEL. */
export function messageTypes(): ReadonlyMap<string, MessageType> {
  types ??= new MessageTypes();
  return types.byName;
}
