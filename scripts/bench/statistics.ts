/** @module The little statistics that is needed. */

/** The middle value; of an even number of values, the mean of the two in the middle. `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A value that was estimated, and the bounds that it lies within with a probability of 95 %. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Standard deviations of a normal distribution that hold 95 %. */
const NORMAL_95 = 1.96;

/**
 * The median and how sure it is. How many of the values lie below the median of all values that might have been is
 * distributed binomially, whatever the distribution of the values; so some place in their order away from the middle.
 */
export function medianWithin(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const distance = (NORMAL_95 * Math.sqrt(sorted.length)) / 2;
  return {
    value: median(values),
    low: sorted[Math.max(0, Math.floor(middle - distance))] ?? Number.NaN,
    high: sorted[Math.min(sorted.length - 1, Math.ceil(middle + distance))] ?? Number.NaN,
  };
}
