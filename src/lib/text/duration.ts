/**
 * @module Durations as Go's `time.ParseDuration` reads them: `300ms`, `15s`, `1.5h`, `1h30m`, a bare `0`.
 *
 * A bare number other than 0 is refused. Tetragon refuses it too in a flag, but in a file or the environment it
 * silently takes it for nanoseconds.
 */

const NANOSECONDS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5, the micro sign
  μs: 1_000n, // U+03BC, the Greek letter
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_NANOSECONDS = (1n << 63n) - 1n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

const PART = /(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(ns|us|µs|μs|ms|s|m|h)/y;
/** Go stops adding digits where an int64 is full; more could not change a nanosecond of the result. */
const MAX_FRACTION_DIGITS = 19;

/** Milliseconds (a fraction below one millisecond is kept) that `text` stands for, or `undefined` when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const negative = text.startsWith("-");
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  if (body === "") return undefined;
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length) {
    const match = PART.exec(body);
    if (match === null) return undefined;
    const unit = NANOSECONDS[match[4] as string] as bigint;
    const fraction = (match[2] ?? match[3] ?? "").slice(0, MAX_FRACTION_DIGITS);
    total += BigInt(match[1] ?? 0) * unit;
    // In floating point, as Go does it: 0.3333333333333333333h is 20 minutes, not a nanosecond less.
    if (fraction !== "")
      total += BigInt(Math.trunc(Number(fraction) * (Number(unit) / 10 ** fraction.length)));
    if (total > MAX_NANOSECONDS) return undefined;
  }
  // Whole milliseconds apart, since nanoseconds beyond 104 days are no safe integer.
  const part = Number(total % NANOSECONDS_PER_MILLISECOND) / Number(NANOSECONDS_PER_MILLISECOND);
  const milliseconds = Number(total / NANOSECONDS_PER_MILLISECOND) + part;
  return negative && milliseconds !== 0 ? -milliseconds : milliseconds;
}

const FORMAT_UNITS = [
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1_000n],
  ["ns", 1n],
] as const;

/** `milliseconds` as {@link parseDuration} reads it back, zero parts left out: 5400000 is `1h30m`, 0 is `0s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.trunc(Math.abs(milliseconds));
  const part = Math.round((Math.abs(milliseconds) - whole) * Number(NANOSECONDS_PER_MILLISECOND));
  let rest = BigInt(whole) * NANOSECONDS_PER_MILLISECOND + BigInt(part);
  if (rest === 0n) return "0s";
  let text = milliseconds < 0 ? "-" : "";
  for (const [name, unit] of FORMAT_UNITS) {
    if (rest >= unit) text += `${rest / unit}${name}`;
    rest %= unit;
  }
  return text;
}
