/** @module Whether a JSON text would take far more memory once it is parsed than it has bytes. */

/** What a text may have. */
export interface JsonBounds {
  /** Objects and lists in one another. */
  readonly depth: number;
  /** Objects, lists and fields: each costs some 50 bytes, however short it is in the text. */
  readonly nodes: number;
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Whether `text`, in UTF-8, has more than `bounds` allow. Says nothing about text that is no JSON. Takes no memory. */
export function isExcessive(text: Uint8Array, { depth, nodes }: JsonBounds): boolean {
  let level = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        for (at++; at < text.length && text[at] !== QUOTE; at++) if (text[at] === BACKSLASH) at++;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++level > depth) return true;
        count++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        level--;
        break;
      case COLON:
        count++;
        break;
    }
    if (count > nodes) return true;
  }
  return false;
}
