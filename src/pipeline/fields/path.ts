/** @module The paths of field filters, checked against the description of events. */
import {
  type FieldDescriptor,
  GetEventsResponse,
  type MessageDescriptor,
  type ValueType,
} from "../../event/description/index.ts";
import { fieldNamed, snakeName } from "../../event/edit/names.ts";

/** A path of fields that there are, by their proto names. */
export interface FieldPath {
  readonly names: readonly string[];
  /**
   * Tetragon cannot select what comes after `names`: entries of a map, or the alternatives of a `oneof`, which
   * its mask does not see.
   */
  readonly stopsAt?: "map" | "oneof";
}

/** A path, or why there is none. */
export type FieldPathResult =
  | FieldPath
  | {
      readonly problem: string;
      /** The names of the path where it is one that another release might have. */
      readonly foreign?: readonly string[];
    };

/** The messages of the event types with these numbers, which are those of their fields; all of them for none. */
export function eventMessages(numbers: readonly number[]): MessageDescriptor[] {
  return [...GetEventsResponse.fields.values()].flatMap(({ number, oneof, type }) => {
    const isWanted = oneof !== undefined && (numbers.length === 0 || numbers.includes(number!));
    return isWanted && type.kind === "message" ? type : [];
  });
}

/** Finds `path` in the first of `messages` that has it. Names may be in camelCase, as in protobuf's JSON. */
export function resolveFieldPath(path: string, messages: readonly MessageDescriptor[]): FieldPathResult {
  let reason: { problem: string; depth: number; isForeign?: boolean } | undefined;
  for (const message of messages) {
    const result = resolveIn(path, message);
    if (!("problem" in result)) return result;
    // The message that has more of the path gives the better reason.
    if (reason === undefined || result.depth > reason.depth) reason = result;
  }
  const problem = reason?.problem ?? "there is no such event type";
  return reason?.isForeign === true ? { problem, foreign: path.split(".").map(snakeName) } : { problem };
}

function resolveIn(
  path: string,
  root: MessageDescriptor,
): FieldPath | { problem: string; depth: number; isForeign?: boolean } {
  const names: string[] = [];
  let message: MessageDescriptor | undefined = root;
  let last: FieldDescriptor | undefined;
  for (const [depth, segment] of path.split(".").entries()) {
    if (last?.cardinality === "map") return { names, stopsAt: "map" };
    if (message === undefined) {
      return { problem: `${names.join(".")} is of type ${formatType(last!)} and has no fields`, depth };
    }
    const found = fieldNamed(message, segment);
    if (found === undefined) {
      const isForeign = path.split(".").every((name) => FIELD_NAME.test(name));
      return { problem: `${message.name} has no field ${JSON.stringify(segment)}`, depth, isForeign };
    }
    if (found.oneof !== undefined) return { names, stopsAt: "oneof" };
    names.push(found.name);
    last = found;
    message = found.type.kind === "message" ? found.type : undefined;
  }
  return { names };
}

/** How protobuf names a field. */
const FIELD_NAME = /^[a-z][A-Za-z0-9_]*$/;

/** A field's type as CEL has it, which is how the other filters name types: `wrapper(uint)`. */
function formatType({ cardinality, isWrapped, type }: FieldDescriptor): string {
  const name = formatValueType(type);
  if (cardinality === "repeated") return `list(${name})`;
  if (cardinality === "map") return `map(string, ${name})`;
  return isWrapped ? `wrapper(${name})` : name;
}

function formatValueType(type: ValueType): string {
  switch (type.kind) {
    case "message":
      return type.name;
    case "enum":
    case "int32":
    case "int64":
      return "int";
    case "uint32":
    case "uint64":
      return "uint";
    default:
      return type.kind;
  }
}
