/** @module Joins the packed file's parts and adds one section that is not loaded. */
import { ELF, parseElf, SIZE } from "./elf.ts";

/**
 * `head`, then `body` moved to offset `shift`, then `content` as a section of its own, then section names and
 * headers. Section headers are for tools (gdb, perf, readelf); nothing of this is read at start.
 * @param head As long as `shift`; its ELF header is completed.
 * @param body The original file, which has the section headers.
 */
export function appendSection(
  head: Uint8Array,
  body: Uint8Array,
  shift: number,
  name: string,
  content: Uint8Array,
): Uint8Array {
  const { view, sectionTableOffset, sectionCount, sectionNamesIndex } = parseElf("the program", body);
  const oldHeader = (i: number): number => sectionTableOffset + i * SIZE.sectionHeader;
  const oldNames = {
    offset: Number(view.getBigUint64(oldHeader(sectionNamesIndex) + 24, true)),
    size: Number(view.getBigUint64(oldHeader(sectionNamesIndex) + 32, true)),
  };

  const contentOffset = shift + body.length;
  const namesOffset = contentOffset + content.length;
  const encodedName = new TextEncoder().encode(`${name}\0`);
  const namesSize = oldNames.size + encodedName.length;
  const tableOffset = Math.ceil((namesOffset + namesSize) / 8) * 8;
  const whole = new Uint8Array(tableOffset + (sectionCount + 1) * SIZE.sectionHeader);
  whole.set(head, 0);
  whole.set(body, shift);
  whole.set(content, contentOffset);
  whole.set(body.subarray(oldNames.offset, oldNames.offset + oldNames.size), namesOffset);
  whole.set(encodedName, namesOffset + oldNames.size);
  whole.set(body.subarray(sectionTableOffset, oldHeader(sectionCount)), tableOffset);

  const out = new DataView(whole.buffer);
  const setWord = (section: number, offset: number, value: number): void =>
    out.setBigUint64(tableOffset + section * SIZE.sectionHeader + offset, BigInt(value), true);
  for (let i = 1; i < sectionCount; i++) {
    setWord(i, 24, Number(view.getBigUint64(oldHeader(i) + 24, true)) + shift);
  }
  setWord(sectionNamesIndex, 24, namesOffset);
  setWord(sectionNamesIndex, 32, namesSize);
  const added = tableOffset + sectionCount * SIZE.sectionHeader;
  out.setUint32(added, oldNames.size, true);
  out.setUint32(added + 4, ELF.SHT_PROGBITS, true);
  setWord(sectionCount, 24, contentOffset);
  setWord(sectionCount, 32, content.length);
  setWord(sectionCount, 48, 1);
  out.setBigUint64(40, BigInt(tableOffset), true);
  out.setUint16(60, sectionCount + 1, true);
  return whole;
}
