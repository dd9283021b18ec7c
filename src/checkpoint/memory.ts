/** @module A checkpoint's contents: in memory of our own, which is read, and in the file, where a kill leaves them. */
import type { FileKeeper } from "./file-keeper.ts";
import {
  type CheckpointViews,
  checkpointBytes,
  IDENTITY_WORD,
  SLOT_COUNT_WORD,
  SLOT_WORDS,
  USED_WORD,
  viewsOf,
} from "./layout.ts";

/** Loaded only where there is a file: most agents have none, and mapping it takes many functions of the C library. */
export function fileSupport(): typeof import("./file.ts") {
  return require("./file.ts");
}

/** The same. */
function keeperSupport(): typeof import("./file-keeper.ts") {
  return require("./file-keeper.ts");
}

/** Each store goes to both. Without a file the two are one. */
export class CheckpointMemory {
  #bytes: Uint8Array<ArrayBuffer>;
  #views: CheckpointViews;
  #mapped: CheckpointViews;
  readonly #keeper: FileKeeper | undefined;

  /** @param mapped The file, or memory where there is none. */
  constructor(mapped: Uint8Array<ArrayBuffer>, { isFile }: { readonly isFile: boolean }) {
    this.#bytes = isFile ? mapped.slice() : mapped;
    this.#views = viewsOf(this.#bytes);
    this.#mapped = isFile ? viewsOf(mapped) : this.#views;
    this.#keeper = isFile ? new (keeperSupport().FileKeeper)(mapped) : undefined;
  }

  /** To be read. Replaced by {@link extend}. */
  get views(): CheckpointViews {
    return this.#views;
  }

  /** The file's, in which datagrams are noted that are in flight. Its memory stays the file's. */
  get mapped(): CheckpointViews {
    return this.#mapped;
  }

  putFloat(index: number, value: number): void {
    this.#views.slotFloats[index] = value;
    this.#mapped.slotFloats[index] = value;
  }

  putInteger(index: number, value: bigint): void {
    this.#views.slotIntegers[index] = value;
    this.#mapped.slotIntegers[index] = value;
  }

  /** Wherever a kill comes: what was put before this has been put then. */
  putState(slot: number, state: number): void {
    this.#views.slotWords[slot * SLOT_WORDS] = state;
    Atomics.store(this.#mapped.slotWords, slot * SLOT_WORDS, state);
  }

  markUsed(): void {
    this.#views.header[USED_WORD] = 1;
    Atomics.store(this.#mapped.header, USED_WORD, 1);
  }

  /** Which checkpoint it is. Where nobody has said so far, it is said now. */
  get identity(): bigint {
    const { header } = this.#views;
    if (header[IDENTITY_WORD] === 0 && header[IDENTITY_WORD + 1] === 0) {
      crypto.getRandomValues(header.subarray(IDENTITY_WORD, IDENTITY_WORD + 2));
      for (const word of [IDENTITY_WORD, IDENTITY_WORD + 1]) this.#mapped.header[word] = header[word]!;
    }
    const [low, high] = [header[IDENTITY_WORD]!, header[IDENTITY_WORD + 1]!];
    return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  }

  /** Says that what was in flight when the file was opened is recorded. */
  settle(): void {
    this.#views.inflightCount[0] = 0;
  }

  /**
   * Makes room for `slots` slots.
   * @throws The system's error, such as `ENOSPC`; then nothing has changed.
   */
  extend(slots: number, fd: number | undefined): void {
    const mapped = fd === undefined ? undefined : fileSupport().extendCheckpointFile(fd, slots);
    if (mapped !== undefined) this.#keeper?.add(mapped);
    const bytes = new Uint8Array(checkpointBytes(slots));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#views = viewsOf(bytes);
    this.#views.header[SLOT_COUNT_WORD] = slots;
    this.#mapped = mapped === undefined ? this.#views : viewsOf(mapped);
  }

  /** @returns Whether the file had been cut short, and is whole again. @throws The system's error. */
  keep(fd: number): boolean {
    return this.#keeper?.keep(fd, this.#bytes) ?? false;
  }

  /** The file is left to its fate. */
  release(): void {
    this.#keeper?.release();
  }
}
