/** @module Texts that stand in most lines, found there by words of four bytes. */

const WORD_BYTES = 4;

/** One text. */
export class KnownText {
  readonly length: number;
  /** From the last one on, which is where texts differ first; the last two may overlap. */
  readonly #words: Int32Array;
  readonly #offsets: Int32Array;

  /** @param bytes At least four. */
  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const count = Math.ceil(bytes.length / WORD_BYTES);
    const view = viewOf(bytes);
    this.#offsets = Int32Array.from({ length: count }, (_, i) =>
      Math.max(0, bytes.length - (i + 1) * WORD_BYTES),
    );
    this.#words = this.#offsets.map((offset) => view.getInt32(offset, true));
  }

  /** Whether it stands at `at`, which has to be within the view. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words;
    const offsets = this.#offsets;
    for (let i = 0; i < words.length; i++)
      if (view.getInt32(at + offsets[i]!, true) !== words[i]) return false;
    return true;
  }
}

/** The same bytes as a view. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
