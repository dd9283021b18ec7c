/** ELF files as tests want them. */

/** A segment; in memory it is where it is in the file. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

const [HEADER, SEGMENT, SECTION, SYMBOL] = [64, 56, 64, 24];

/** A file with these segments, symbols and their names. @param more Bytes at a place behind all that. */
export function elf(
  segments: readonly Segment[],
  table: Uint8Array = new Uint8Array(0),
  names: Uint8Array = new Uint8Array(0),
  more: { readonly at: number; readonly bytes: Uint8Array } = { at: 0, bytes: new Uint8Array(0) },
): Buffer<ArrayBuffer> {
  const sectionsAt = HEADER + segments.length * SEGMENT;
  const tableAt = sectionsAt + 3 * SECTION;
  const namesAt = tableAt + table.length;
  const bytes = Buffer.alloc(Math.max(namesAt + names.length, more.at + more.bytes.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setBigUint64(40, BigInt(sectionsAt), true);
  view.setUint16(56, segments.length, true);
  view.setUint16(60, 3, true);
  for (const [index, { type, offset, size }] of segments.entries()) {
    const at = HEADER + index * SEGMENT;
    view.setUint32(at, type, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
  }
  const sections = [
    { type: 2, offset: tableAt, size: table.length, link: 2 },
    { type: 3, offset: namesAt, size: names.length, link: 0 },
  ];
  for (const [index, { type, offset, size, link }] of sections.entries()) {
    const at = sectionsAt + (index + 1) * SECTION;
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setUint32(at + 40, link, true);
  }
  bytes.set(table, tableAt);
  bytes.set(names, namesAt);
  bytes.set(more.bytes, more.at === 0 ? namesAt + names.length : more.at);
  return bytes;
}

/** Symbols of functions, one byte after the other. */
export function symbols(count: number, nameAt: (row: number) => number, address = 0x1000): Buffer {
  const bytes = Buffer.alloc(count * SYMBOL);
  for (let row = 0; row < count; row++) {
    bytes.writeUInt32LE(nameAt(row), row * SYMBOL);
    bytes.writeUInt8(2, row * SYMBOL + 4);
    bytes.writeUInt16LE(1, row * SYMBOL + 6);
    bytes.writeBigUInt64LE(BigInt(address + row), row * SYMBOL + 8);
  }
  return bytes;
}

/** A note; its description has a multiple of four bytes, or is the last one. */
export function note(owner: string, type: number, description: Uint8Array): Buffer {
  const text = Buffer.alloc(Math.ceil((owner.length + 1) / 4) * 4);
  text.write(owner);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(owner.length + 1, 0);
  head.writeUInt32LE(description.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, text, description]);
}
