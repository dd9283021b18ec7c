/** @module Names of fields, found in the text. */

/** A name as it stands in the text, quotes included. @param name Without characters that JSON escapes. */
export function keyOf(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(`"${name}"`));
}

/** The number of that one of `keys` which is `bytes[start, end)`, quotes included, or -1. */
export function findKey(keys: readonly Uint8Array[], bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  for (let number = 0; number < keys.length; number++) {
    const key = keys[number]!;
    if (key.length !== length) continue;
    // Names differ at their ends more often than where they begin.
    let i = length - 2;
    while (i > 0 && bytes[start + i] === key[i]) i--;
    if (i === 0) return number;
  }
  return -1;
}
