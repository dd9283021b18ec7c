/** @module The fields of documents that are those of the event as it came, less the values that are elsewhere. */
import {
  ADDED_EVENT_TYPES,
  type FieldDescriptor,
  GetEventsResponse,
  METADATA_MESSAGES,
  type MessageDescriptor,
  type ValueType,
} from "../../event/description/index.ts";
import { NESTED } from "./fields.ts";
import { type MessagePlan, plans } from "./plan.ts";

/** Types that they have in mappings. */
export type NestedType = "boolean" | "date" | "keyword" | "long" | "unsigned_long" | "object";

/** One field. */
export interface NestedField {
  /** `cilium_tetragon.log.process_exec.process.auid` */
  readonly name: string;
  /** `object`: names within come from outside, so nothing may be made of them. */
  readonly type: NestedType;
  /** Whether it, or a field that it is in, is a list. */
  readonly isList: boolean;
}

/** Of parents of parents, whole processes: they are kept and not searched for. */
const LEFT_OUT: ReadonlySet<string> = new Set(["ancestors"]);

/** All of them, but for what is within ancestors. */
export function nestedFields(): NestedField[] {
  const fields: NestedField[] = [];
  const types = [...GetEventsResponse.fields.values()].filter(({ oneof }) => oneof !== undefined);
  for (const field of GetEventsResponse.fields.values())
    if (field.oneof === undefined) addField(fields, NESTED, field, undefined, false);
  for (const { name, type } of types) {
    if (type.kind === "message")
      addMessage(fields, `${NESTED}.${name}`, type, plans().ofEvent(name).get(name)?.within, false);
  }
  for (const [name, message] of ADDED_EVENT_TYPES)
    addMessage(fields, `${NESTED}.${name}`, message, plans().ofEvent(name).get(name)?.within, false);
  for (const [name, message] of Object.entries(METADATA_MESSAGES))
    addMessage(fields, `${NESTED}.${name}`, message as MessageDescriptor, plans().ofMetadata(name), false);
  return fields;
}

function addMessage(
  fields: NestedField[],
  prefix: string,
  message: MessageDescriptor,
  plan: MessagePlan | undefined,
  isList: boolean,
): void {
  for (const field of message.fields.values())
    if (!LEFT_OUT.has(field.name)) addField(fields, prefix, field, plan, isList);
}

function addField(
  fields: NestedField[],
  prefix: string,
  { name, type, cardinality }: FieldDescriptor,
  plan: MessagePlan | undefined,
  isInList: boolean,
): void {
  const planned = plan?.get(name);
  if (planned?.isMoved === true) return;
  const path = `${prefix}.${name}`;
  const isList = isInList || cardinality === "repeated";
  if (cardinality === "map") fields.push({ name: path, type: "object", isList });
  else if (type.kind === "message") addMessage(fields, path, type, planned?.within, isList);
  else fields.push({ name: path, type: nestedType(type), isList });
}

function nestedType({ kind }: ValueType): NestedType {
  switch (kind) {
    case "bool":
      return "boolean";
    case "timestamp":
    case "utc_time":
      return "date";
    case "int32":
    case "int64":
    case "uint32":
    case "uint32_number":
    case "count_number":
      return "long";
    case "uint64":
      return "unsigned_long";
    default:
      return "keyword";
  }
}
