/** @module Sizes in bytes as Tetragon's `--rb-size` takes them: decimal digits, then nothing, `K`, `M` or `G` (powers of 1024). */

const UNITS = [
  ["G", 1024 ** 3],
  ["M", 1024 ** 2],
  ["K", 1024],
] as const;

/** Bytes that `text` stands for, or `undefined` when it is no size. Lower-case units are refused, as Tetragon refuses them. */
export function parseSize(text: string): number | undefined {
  const match = /^([0-9]+)([KMG]?)$/.exec(text);
  if (match === null) return undefined;
  const unit = UNITS.find(([name]) => name === match[2])?.[1] ?? 1;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `bytes` (a whole number, 0 or more) in the largest unit that loses nothing: 65536 is `64K`, 65507 stays `65507`. */
export function formatSize(bytes: number): string {
  for (const [name, unit] of UNITS) {
    if (bytes !== 0 && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return String(bytes);
}
