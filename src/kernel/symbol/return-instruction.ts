/** @module An instruction that returns from a function: any of them, for who wants a function to return at once. */
import type { ElfFile } from "./elf-file.ts";

/** Bytes that are looked through. */
const SEARCHED = 1 << 16;
/** Bytes of a page: where in its page an instruction is does not depend on where the file is mapped. */
const PAGE = 4096;
/** Bytes at the function's begin in which a probe may have replaced instructions. */
const PROBED = 16;

/** How machines write it: `ret`. */
const RETURN = {
  x64: { bytes: [0xc3], step: 1 },
  arm64: { bytes: [0xc0, 0x03, 0x5f, 0xd6], step: 4 },
} as const;

/**
 * The place in the file of one that is in the same segment as a place, and elsewhere in its page, so that who is there can be told from who
 * is at the place. `undefined` where there is none nearby.
 */
export function findReturnInstruction(
  elf: ElfFile,
  near: bigint,
  machine: keyof typeof RETURN,
): bigint | undefined {
  const segment = elf.code.find(({ start, end }) => start <= near && near < end);
  if (segment === undefined) return undefined;
  const place = Number(near);
  const start = Math.max(Number(segment.start), place - SEARCHED);
  const bytes = elf.bytesAt(start, Math.min(Number(segment.end), place + SEARCHED) - start);
  const { bytes: wanted, step } = RETURN[machine];
  const isHere = (at: number) =>
    (at < place || at >= place + PROBED) &&
    at % PAGE !== place % PAGE &&
    wanted.every((byte, index) => bytes[at - start + index] === byte);
  const end = start + bytes.length - wanted.length;
  for (let at = place + PROBED; at <= end; at += step) if (isHere(at)) return BigInt(at);
  for (let at = place - step; at >= start; at -= step) if (isHere(at)) return BigInt(at);
  return undefined;
}
