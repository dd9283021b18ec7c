/**
 * @module Fields that stand twice in one object. Readers differ in which one counts; here it is the last, as to
 * `JSON.parse`, and the others are cut out of the text: nobody has looked at them.
 */

import type { MessageDescriptor } from "../description/descriptor.ts";
import { GetEventsResponse } from "../description/generated/events.ts";
import { OPEN_BRACE, OPEN_BRACKET } from "../scan/line.ts";
import type { Edit } from "./edit.ts";
import { fieldNamed, messageIn } from "./names.ts";
import { endOfValue, itemsOf, type LineBytes, membersOf } from "./walk.ts";

/**
 * The edits after which every field of the event at `at` stands once. Both spellings of a known field are the same.
 * @returns In ascending order; none in most cases.
 */
export function repeatedFields(line: LineBytes, at: number): Edit[] {
  const edits: Edit[] = [];
  findIn(line, at, GetEventsResponse, edits);
  return withoutInner(edits.sort((a, b) => a.start - b.start || b.end - a.end));
}

function findIn(line: LineBytes, at: number, message: MessageDescriptor | undefined, edits: Edit[]): number {
  const byte = line.bytes[at];
  if (byte === OPEN_BRACKET) {
    return itemsOf(line, at, (_index, value) => findIn(line, value, message, edits)).close + 1;
  }
  if (byte !== OPEN_BRACE) return endOfValue(line, at);
  const { members, close } = membersOf(line, at, (name, value) => {
    const field = message && fieldNamed(message, name);
    const isMap = field?.cardinality === "map";
    return findIn(line, value, message === undefined || isMap ? undefined : messageIn(message, field), edits);
  });
  const seen = new Map<string, number>();
  for (const [index, { name }] of members.entries()) {
    const known = (message && fieldNamed(message, name)?.name) ?? name;
    const earlier = seen.get(known);
    // Another one follows, so there is a comma to cut, too.
    if (earlier !== undefined) {
      edits.push({ start: members[earlier]!.start, end: members[earlier + 1]!.start, text: "" });
    }
    seen.set(known, index);
  }
  return close + 1;
}

/** What is cut out whole needs no cuts inside. */
function withoutInner(edits: readonly Edit[]): Edit[] {
  let end = 0;
  return edits.filter((edit) => {
    if (edit.start < end) return false;
    end = edit.end;
    return true;
  });
}
