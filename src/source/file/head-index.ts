/** @module Finds files that begin alike without comparing each with each. */
import type { FollowedFile } from "./followed-file.ts";
import { sharesHead } from "./stream-ledger.ts";

/** Beginnings that differ within so many bytes are told apart at once: events of one host differ later than one thinks. */
const KEY_BYTES = 256;
/** Files that begin alike so far are compared with, at most: among more, none is taken for a copy of another. */
const MAX_COMPARED = 256;
/** Key of those that are shorter than a key. */
const SHORT = "";

/** Files by how their text begins. */
export class HeadIndex {
  readonly #files = new Map<string, Set<FollowedFile>>();
  readonly #keys = new Map<FollowedFile, string>();

  /** Adds a file, or takes note that its head has grown. */
  add(file: FollowedFile): void {
    this.remove(file);
    const key = keyOf(file.head);
    this.#keys.set(file, key);
    const alike = this.#files.get(key);
    if (alike === undefined) this.#files.set(key, new Set([file]));
    else alike.add(file);
  }

  remove(file: FollowedFile): void {
    const key = this.#keys.get(file);
    if (key === undefined) return;
    this.#keys.delete(file);
    const alike = this.#files.get(key)!;
    alike.delete(file);
    if (alike.size === 0) this.#files.delete(key);
  }

  /** Another file of which this one can be a copy, or the other way round, going by how both begin. */
  alike(file: { readonly head: Uint8Array }): FollowedFile | undefined {
    const key = keyOf(file.head);
    const groups = key === SHORT ? this.#files.values() : [this.#files.get(key), this.#files.get(SHORT)];
    let compared = 0;
    for (const group of groups) {
      for (const other of group ?? []) {
        if (other !== file && sharesHead(other.head, file.head)) return other;
        if (++compared > MAX_COMPARED) return undefined;
      }
    }
    return undefined;
  }
}

function keyOf(head: Uint8Array): string {
  return head.length < KEY_BYTES
    ? SHORT
    : Buffer.from(head.buffer, head.byteOffset, KEY_BYTES).toString("latin1");
}
