/** @module HPACK's Huffman code (RFC 7541, section 5.2 and appendix B). It is canonical: the lengths of its codes say it all. */
import { ERROR, Http2Error } from "./protocol.ts";

/** How many bits the code of each byte has; the last is that of the end, which no text may contain. */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END = 256;
const MAX_BITS = 30;

/** Symbols in the order of their codes: by length, then by value. */
const SYMBOLS = LENGTHS.map((_, symbol) => symbol).toSorted((a, b) => LENGTHS[a]! - LENGTHS[b]! || a - b);
/** By length: the first code, the place of its symbol, and the code behind the last. */
const FIRST_CODE = new Uint32Array(MAX_BITS + 1);
const FIRST_PLACE = new Uint16Array(MAX_BITS + 1);
const BEHIND = new Uint32Array(MAX_BITS + 1);

for (let bits = 1, code = 0, place = 0; bits <= MAX_BITS; bits++) {
  code *= 2;
  FIRST_CODE[bits] = code;
  FIRST_PLACE[bits] = place;
  while (place < SYMBOLS.length && LENGTHS[SYMBOLS[place]!] === bits) {
    code++;
    place++;
  }
  BEHIND[bits] = code;
}

/** What `bytes[from, to)` stands for, a character for each byte. @throws Http2Error `COMPRESSION_ERROR`. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  let code = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      code = code * 2 + ((bytes[i]! & mask) === 0 ? 0 : 1);
      bits++;
      if (code >= BEHIND[bits]!) {
        if (bits === MAX_BITS) invalid();
        continue;
      }
      const symbol = SYMBOLS[FIRST_PLACE[bits]! + code - FIRST_CODE[bits]!]!;
      if (symbol === END) invalid();
      text += String.fromCharCode(symbol);
      code = 0;
      bits = 0;
    }
  }
  // What is left of the last byte is the beginning of the end's code: ones.
  if (bits > 7 || code !== 2 ** bits - 1) invalid();
  return text;
}

function invalid(): never {
  throw new Http2Error(ERROR.compression, "a text that is not in Huffman's code");
}
