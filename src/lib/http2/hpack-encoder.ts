/** @module Header blocks of our own (HPACK, RFC 7541): fields of the static table and literals, which need no memory on either side. */
import { type HeaderField, STATIC_TABLE } from "./static-table.ts";

const INDEXED = 0x80;
const LITERAL = 0;
/** The dynamic table is to have no room (section 6.3). */
const EMPTY_TABLE = 0x20;

const NAMES = new Map<string, number>();
const FIELDS = new Map<string, number>();
for (const [index, [name, value]] of STATIC_TABLE.entries()) {
  if (index === 0) continue;
  if (!NAMES.has(name)) NAMES.set(name, index);
  if (value !== "") FIELDS.set(`${name}\n${value}`, index);
}

/**
 * A header block. Names are in lower case; a character of a value is a byte.
 * @param emptiesTable Whether the peer is to be shown that its table is not used: it has made it smaller (section 4.2).
 */
export function encodeHeaders(fields: Iterable<HeaderField>, emptiesTable = false): Uint8Array {
  const bytes: number[] = emptiesTable ? [EMPTY_TABLE] : [];
  for (const [name, value] of fields) {
    const whole = FIELDS.get(`${name}\n${value}`);
    if (whole !== undefined) {
      pushInteger(bytes, INDEXED, 7, whole);
      continue;
    }
    const index = NAMES.get(name) ?? 0;
    pushInteger(bytes, LITERAL, 4, index);
    if (index === 0) pushText(bytes, name);
    pushText(bytes, value);
  }
  return Uint8Array.from(bytes);
}

function pushText(bytes: number[], text: string): void {
  pushInteger(bytes, 0, 7, text.length);
  for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i));
}

/** An integer behind the flags of its first byte, which has so many bits for it (section 5.1). */
function pushInteger(bytes: number[], flags: number, bits: number, value: number): void {
  const limit = 2 ** bits - 1;
  if (value < limit) {
    bytes.push(flags | value);
    return;
  }
  bytes.push(flags | limit);
  let rest = value - limit;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}
