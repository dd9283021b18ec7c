/**
 * @module Changes in a line's text: what a stage or a limit changed is replaced or cut out, and all else stays byte for
 * byte, so that numbers keep their digits, strings their escapes and fields their order.
 */
import { OPEN_BRACE, OPEN_BRACKET, QUOTE } from "../scan/line.ts";
import { snakeName } from "./names.ts";
import { endOfValue, itemsOf, type LineBytes, membersOf, stringAt, type TextMember } from "./walk.ts";

/** `[start, end)` of the text becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Holder = { readonly [key: string]: unknown };

/**
 * The edits that make the document at `at`, which is `before` once it is parsed, `after`. Parts that both have in common
 * are not looked into: `after` has to be a changed copy.
 * @param before Without it, every part is compared with the text.
 * @returns In ascending order.
 */
export function editsOf(line: LineBytes, at: number, before: unknown, after: unknown): Edit[] {
  const edits: Edit[] = [];
  new Differ(line, edits).value(at, before, after);
  return edits.sort((a, b) => a.start - b.start);
}

class Differ {
  readonly #line: LineBytes;
  readonly #edits: Edit[];

  constructor(line: LineBytes, edits: Edit[]) {
    this.#line = line;
    this.#edits = edits;
  }

  /** @returns The position after the value at `at`. */
  value(at: number, before: unknown, after: unknown): number {
    if (before === after && before !== undefined) return endOfValue(this.#line, at);
    const byte = this.#line.bytes[at];
    if (typeof after === "object" && after !== null) {
      if (byte === OPEN_BRACE && !Array.isArray(after))
        return this.#object(at, before as Holder, after as Holder);
      if (byte === OPEN_BRACKET && Array.isArray(after)) return this.#list(at, before as unknown[], after);
    }
    const end = endOfValue(this.#line, at);
    if (before === undefined && !this.#isOther(at, end, after)) return end;
    this.#edits.push({ start: at, end, text: JSON.stringify(after) });
    return end;
  }

  /** Numbers and literals are never changed, so that only strings need a look. */
  #isOther(at: number, end: number, after: unknown): boolean {
    if (this.#line.bytes[at] !== QUOTE) return typeof after === "string";
    return typeof after !== "string" || stringAt(this.#line, at, end) !== after;
  }

  #object(at: number, before: Holder | undefined, after: Holder): number {
    const names: string[] = [];
    const isKept: boolean[] = [];
    const { members, close } = membersOf(this.#line, at, (name, value) => {
      const isHere = Object.hasOwn(after, name);
      const key = isHere ? name : nameIn(name, before ?? after);
      const changed = isHere || Object.hasOwn(after, key) ? after[key] : undefined;
      isKept.push(changed !== undefined);
      if (changed === undefined) return endOfValue(this.#line, value);
      if (before === undefined) names.push(key);
      return this.value(value, before?.[key], changed);
    });
    this.#cut(isKept, members, at + 1, close);
    // Stages add nothing to what came as text; who shortens it, marks it.
    if (before !== undefined) return close + 1;
    const kept = new Set(names);
    const added = Object.keys(after).filter((key) => !kept.has(key) && after[key] !== undefined);
    if (added.length > 0) {
      const text = added.map((key) => `${JSON.stringify(key)}:${JSON.stringify(after[key])}`).join(",");
      this.#edits.push({ start: close, end: close, text: kept.size > 0 ? `,${text}` : text });
    }
    return close + 1;
  }

  #list(at: number, before: readonly unknown[] | undefined, after: readonly unknown[]): number {
    const { items, close } = itemsOf(this.#line, at, (index, value) =>
      index < after.length ? this.value(value, before?.[index], after[index]) : endOfValue(this.#line, value),
    );
    this.#cut(
      items.map((_, index) => index < after.length),
      items,
      at + 1,
      close,
    );
    return close + 1;
  }

  /** Cuts out what is not kept, each with the comma that it does not need any more. */
  #cut(
    isKept: readonly boolean[],
    parts: readonly Pick<TextMember, "start" | "end">[],
    open: number,
    close: number,
  ): void {
    const last = isKept.lastIndexOf(true);
    for (let i = 0; i < last; i++) {
      if (!isKept[i]) this.#edits.push({ start: parts[i]!.start, end: parts[i + 1]!.start, text: "" });
    }
    if (last === parts.length - 1) return;
    this.#edits.push({ start: last === -1 ? open : parts[last]!.end, end: close, text: "" });
  }
}

/** A field's name in the event, where known fields have the names of the proto files. */
function nameIn(name: string, event: Holder): string {
  if (Object.hasOwn(event, name)) return name;
  const snake = snakeName(name);
  return snake !== name && Object.hasOwn(event, snake) ? snake : name;
}
