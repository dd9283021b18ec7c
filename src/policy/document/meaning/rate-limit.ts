/** @module `rateLimit`: a time. */

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };
const RATE_LIMIT = /^(\d{1,9})([smh]?)$/;

/** Seconds of `60`, `60s`, `5m` or `1h`; `undefined` for other texts. */
export function parseRateLimit(text: string): number | undefined {
  const [, digits, unit] = RATE_LIMIT.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit!]!;
}
