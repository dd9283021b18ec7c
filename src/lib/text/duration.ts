/**
 * @module Durations as Go's `time.ParseDuration` reads them: `300ms`, `15s`, `1.5h`, `1h30m`, a bare `0`.
 *
 * A bare number other than 0 is refused. Tetragon refuses it too in a flag, but in a file or the environment it
 * silently takes it for nanoseconds.
 */

/** Units from the largest down, with their nanoseconds. */
const UNITS = [
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1_000n],
  ["ns", 1n],
] as const;
const NANOSECONDS: ReadonlyMap<string, bigint> = new Map<string, bigint>([
  ...UNITS,
  ["µs", 1_000n], // U+00B5, the micro sign
  ["μs", 1_000n], // U+03BC, the Greek letter
]);
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
/** Go's `time.Duration` has 64 bits. */
const MAX_NANOSECONDS = (1n << 63n) - 1n;

const PART = /(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(ns|us|µs|μs|ms|s|m|h)/y;
/** Go stops adding digits where an int64 is full; more could not change a nanosecond of the result. */
const MAX_DIGITS = 19;

/** Nanoseconds that `text` stands for, or `undefined` when it is no duration or one beyond 64 bits. */
export function parseNanoseconds(text: string): bigint | undefined {
  const isNegative = text.startsWith("-");
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0n;
  if (body === "") return undefined;
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length) {
    const match = PART.exec(body);
    if (match === null) return undefined;
    const [, digits = "", decimals, onlyDecimals, name] = match;
    const whole = digits.replace(/^0+/, "");
    if (whole.length > MAX_DIGITS) return undefined;
    const unit = NANOSECONDS.get(name!)!;
    total += BigInt(whole) * unit + fractionOf((decimals ?? onlyDecimals ?? "").slice(0, MAX_DIGITS), unit);
    if (total > MAX_NANOSECONDS + 1n) return undefined;
  }
  // The least number is one further from 0 than the greatest.
  if (isNegative) return -total;
  return total > MAX_NANOSECONDS ? undefined : total;
}

/** In floating point, as Go does it: 0.3333333333333333333h is 20 minutes, not a nanosecond less. */
function fractionOf(digits: string, unit: bigint): bigint {
  if (digits === "") return 0n;
  return BigInt(Math.trunc(Number(digits) * (Number(unit) / 10 ** digits.length)));
}

/** Milliseconds (a fraction below one millisecond is kept) that `text` stands for, or `undefined` when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const nanoseconds = parseNanoseconds(text);
  if (nanoseconds === undefined) return undefined;
  // Whole milliseconds apart, since nanoseconds beyond 104 days are no safe integer.
  const part = Number(nanoseconds % NANOSECONDS_PER_MILLISECOND) / Number(NANOSECONDS_PER_MILLISECOND);
  return Number(nanoseconds / NANOSECONDS_PER_MILLISECOND) + part;
}

/** `milliseconds` as {@link parseDuration} reads it back, zero parts left out: 5400000 is `1h30m`, 0 is `0s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.trunc(Math.abs(milliseconds));
  const part = Math.round((Math.abs(milliseconds) - whole) * Number(NANOSECONDS_PER_MILLISECOND));
  let rest = BigInt(whole) * NANOSECONDS_PER_MILLISECOND + BigInt(part);
  if (rest === 0n) return "0s";
  let text = milliseconds < 0 ? "-" : "";
  for (const [name, unit] of UNITS) {
    if (rest >= unit) text += `${rest / unit}${name}`;
    rest %= unit;
  }
  return text;
}
