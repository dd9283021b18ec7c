/**
 * @module Notes of an executable or a library: what who built it has left in it.
 *
 * Source of the facts: elf(5).
 */

/** A note. */
export interface ElfNote {
  readonly owner: string;
  readonly type: number;
  readonly description: Uint8Array;
}

/** The note that has the build ID. */
export const GNU_BUILD_ID = { owner: "GNU", type: 3 } as const;

/** Of a note: the lengths of owner and description, and its type. */
const HEAD_SIZE = 12;

/** The notes of a section or segment. @throws SyntaxError when it ends within one. */
export function* notesIn(bytes: Uint8Array): Generator<ElfNote> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD_SIZE <= bytes.length; ) {
    const ownerAt = at + HEAD_SIZE;
    const ownerLength = view.getUint32(at, true);
    const textAt = ownerAt + aligned(ownerLength);
    const length = view.getUint32(at + 4, true);
    if (textAt + length > bytes.length) throw new SyntaxError("Cannot read ELF file: it ends within a note");
    const owner = Buffer.from(bytes.subarray(ownerAt, ownerAt + Math.max(0, ownerLength - 1)));
    yield {
      owner: owner.toString("latin1"),
      type: view.getUint32(at + 8, true),
      description: bytes.subarray(textAt, textAt + length),
    };
    at = textAt + aligned(length);
  }
}

/** To four bytes; other than shifts this keeps numbers of 32 bits positive. */
function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}
