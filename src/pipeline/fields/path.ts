/** @module The paths of field filters, checked against the event schemas. */
import { EventType } from "../../event/schema/enum.ts";
import { formatType, type MessageField, type MessageType } from "../../lib/cel/index.ts";
import { messageTypes, PACKAGE } from "../cel/message-type.ts";

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
export type FieldPathResult = FieldPath | { readonly problem: string };

/** The messages of the event types with these numbers; all of them for none. */
export function eventMessages(numbers: readonly number[]): MessageType[] {
  return Object.entries(EventType).flatMap(([name, number]) => {
    if (numbers.length > 0 && !numbers.includes(number)) return [];
    const message = name.replace(
      /(^|_)([A-Z]+)/g,
      (_, _start, word: string) => word[0] + word.slice(1).toLowerCase(),
    );
    return messageTypes().get(`${PACKAGE}.${message}`) ?? [];
  });
}

/** Finds `path` in the first of `messages` that has it. Names may be in camelCase, as in protobuf's JSON. */
export function resolveFieldPath(path: string, messages: readonly MessageType[]): FieldPathResult {
  let reason: { problem: string; depth: number } | undefined;
  for (const message of messages) {
    const result = resolveIn(path, message);
    if (!("problem" in result)) return result;
    // The message that has more of the path gives the better reason.
    if (reason === undefined || result.depth > reason.depth) reason = result;
  }
  return { problem: reason?.problem ?? "there is no such event type" };
}

function resolveIn(path: string, root: MessageType): FieldPath | { problem: string; depth: number } {
  const names: string[] = [];
  let message: MessageType | undefined = root;
  let last: MessageField | undefined;
  for (const [depth, segment] of path.split(".").entries()) {
    if (last?.type.kind === "map") return { names, stopsAt: "map" };
    if (message === undefined) {
      return { problem: `${names.join(".")} is of type ${formatType(last!.type)} and has no fields`, depth };
    }
    const found = findField(message, segment);
    if (found === undefined)
      return { problem: `${message.name} has no field ${JSON.stringify(segment)}`, depth };
    if (found.field.hasPresence) return { names, stopsAt: "oneof" };
    names.push(found.name);
    last = found.field;
    const { type } = last;
    const inner = type.kind === "list" ? type.item : type;
    message = inner.kind === "message" ? inner.message : undefined;
  }
  return { names };
}

function findField(message: MessageType, segment: string): { name: string; field: MessageField } | undefined {
  for (const name of [segment, segment.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]) {
    const field = message.fields.get(name);
    if (field !== undefined) return { name, field };
  }
  return undefined;
}
