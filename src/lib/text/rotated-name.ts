/**
 * @module Names that log rotation gives to files: lumberjack (Tetragon), logrotate with numbers or dates, kubelet, Docker,
 * savelog.
 */

/** Where a rotated file stands among those of one original. */
export interface RotatedName {
  /** Name of the file that was rotated. */
  readonly original: string;
  /** Digits of the time in the name; `""` where it has none. */
  readonly time: string;
  /** The number in the name, larger for older files; -1 where it has none. */
  readonly number: number;
}

const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|Z)$/;
/** `-2026-01-31T23-59-59.999` before the extension, as lumberjack names backups. */
const LUMBERJACK = /^(?<stem>.+)-(?<time>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(?<extension>\.[^.]*)?$/;
const DATE = String.raw`\d{4}-?\d\d-?\d\d(?:[-_T]?\d{2,10}(?:[-:]?\d\d){0,2})?`;
/** `a.log.20240101-000000` (kubelet), `a.log-20240101`, `a.log-20240101-1704067200` (logrotate's `dateext`). */
const DATED = new RegExp(`^(?<stem>.+?)[-._](?<time>${DATE})$`);
/** `a-20240101.log`: `dateext` with `extension`. */
const DATED_INSIDE = new RegExp(String.raw`^(?<stem>.+?)[-._](?<time>${DATE})(?<extension>\.[^.\d][^.]*)$`);
/** `a.log.1`; `a.1.log` is the same with `extension`. */
const NUMBERED = /^(?<stem>.+)\.(?<number>\d{1,6})$/;
const NUMBERED_INSIDE = /^(?<stem>.+)\.(?<number>\d{1,6})(?<extension>\.[^.\d][^.]*)$/;
const OLD = /^(?<stem>.+)\.old$/;
const PATTERNS = [LUMBERJACK, DATED, DATED_INSIDE, NUMBERED, NUMBERED_INSIDE, OLD];

/** What a file's name can be the rotated name of; several, since names are only names. */
export function parseRotatedName(name: string): RotatedName[] {
  const plain = name.replace(COMPRESSED, "");
  const found = PATTERNS.flatMap((pattern) => {
    const groups = pattern.exec(plain)?.groups;
    if (groups === undefined) return [];
    const { stem = "", extension = "", time = "", number } = groups;
    const digits = time.replaceAll(/\D/g, "");
    return [{ original: stem + extension, time: digits, number: number === undefined ? -1 : Number(number) }];
  });
  return plain === name ? found : [...found, { original: plain, time: "", number: -1 }];
}

/** Orders rotated files of one original, the oldest first, as far as their names tell; 0 where they do not. */
export function compareRotated(a: RotatedName, b: RotatedName): number {
  if (a.number !== -1 && b.number !== -1) return b.number - a.number;
  if (a.time === "" || b.time === "" || a.time === b.time) return 0;
  return a.time < b.time ? -1 : 1;
}
