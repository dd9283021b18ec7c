/** @module Tetragon's messages as CEL types, derived from their descriptors. */
import {
  type FieldDescriptor,
  GetEventsResponse,
  type MessageDescriptor,
  typesWithin,
  type ValueType,
} from "../../event/description/index.ts";
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

/** The types of all messages by their full names, made once: messages may refer to each other. */
class MessageTypes {
  readonly byName = new Map<string, MessageType>();

  constructor(messages: Iterable<MessageDescriptor>) {
    for (const message of messages) this.#messageType(message);
  }

  #messageType(message: MessageDescriptor): MessageType {
    const known = this.byName.get(message.name);
    if (known !== undefined) return known;
    const fields = new Map<string, MessageField>();
    const type: MessageType = { name: message.name, fields };
    this.byName.set(type.name, type);
    for (const field of message.fields.values()) {
      fields.set(field.name, { ...this.#reader(field), hasPresence: field.oneof !== undefined });
    }
    return type;
  }

  #reader({ cardinality, isWrapped, type }: FieldDescriptor): Reader {
    const reader = this.#valueReader(type);
    if (cardinality === "repeated") return listReader(reader);
    if (cardinality === "map") return stringMapReader(reader);
    return isWrapped ? wrapperReader(reader) : reader;
  }

  #valueReader(type: ValueType): Reader {
    switch (type.kind) {
      case "message":
        return messageReader(this.#messageType(type));
      case "enum":
        return enumReader(new Map(Object.entries(type.table)));
      case "bool":
      case "string":
      case "bytes":
      case "int32":
      case "int64":
      case "uint32":
      case "uint64":
      case "timestamp":
        return SCALAR_READERS[type.kind];
      default:
        throw new TypeError(`Cannot make a CEL type of "${type.kind}": no event has such a field`);
    }
  }
}

let types: MessageTypes | undefined;

/** All message types by name, made when first asked for: most configurations have no CEL. */
export function messageTypes(): ReadonlyMap<string, MessageType> {
  types ??= new MessageTypes(typesWithin(GetEventsResponse).messages.values());
  return types.byName;
}
