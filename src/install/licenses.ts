/** @module The licences that a released executable carries in an ELF section of its own. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The section's name. The packer writes it (scripts/pack/pack.ts). */
export const LICENSES_SECTION = ".tetrad.licenses";

const SECTION_HEADER_BYTES = 64;

/**
 * The licences of everything inside the executable, for `tetrad version --licenses`.
 * @param path The executable. @default the running one
 * @returns `undefined` where the file has no such section: an executable that was not packed, or Bun itself.
 */
export function readLicenses(path: string = process.execPath): string | undefined {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    // Offsets come from the file: what points outside of it reads as nothing.
    const read = (offset: number, length: number): DataView => {
      const bytes = new Uint8Array(offset >= 0 && offset + length <= size ? length : 0);
      readSync(fd, bytes, 0, bytes.length, offset);
      return new DataView(bytes.buffer);
    };
    return findSection(read);
  } finally {
    closeSync(fd);
  }
}

function findSection(read: (offset: number, length: number) => DataView): string | undefined {
  const header = read(0, 64);
  if (header.byteLength === 0 || header.getUint32(0) !== 0x7f454c46) return undefined;
  const count = header.getUint16(60, true);
  const sections = read(Number(header.getBigUint64(40, true)), count * SECTION_HEADER_BYTES);
  const namesAt = header.getUint16(62, true) * SECTION_HEADER_BYTES;
  if (sections.byteLength < namesAt + SECTION_HEADER_BYTES) return undefined;
  const word = (at: number): number => Number(sections.getBigUint64(at, true));
  const names = read(word(namesAt + 24), word(namesAt + 32));
  const text = new TextDecoder();
  for (let at = 0; at < sections.byteLength; at += SECTION_HEADER_BYTES) {
    const nameAt = sections.getUint32(at, true);
    const end = nameAt + LICENSES_SECTION.length;
    if (end >= names.byteLength) continue;
    if (
      text.decode(new Uint8Array(names.buffer, nameAt, LICENSES_SECTION.length + 1)) ===
      `${LICENSES_SECTION}\0`
    ) {
      return text.decode(read(word(at + 24), word(at + 32)));
    }
  }
  return undefined;
}
