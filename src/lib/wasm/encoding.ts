/** @module How WebAssembly's binary format writes numbers, lists and names. */

/** An unsigned number in LEB128: seven bits a byte, the lowest first, the highest bit set where more follow. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** A signed number in LEB128: as {@link unsigned}, and the last byte's bit 6 is the sign. */
export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest >> 6n === 0n || rest >> 6n === -1n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** A name: its length and its ASCII characters. */
export function name(text: string): number[] {
  return [...unsigned(text.length), ...Buffer.from(text)];
}

/** A list: how many items there are, and the items. */
export function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

/** A section of a module, or whatever else says first how many bytes it has. */
export function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}
