/** @module Names of numbers. */

/** Names by their numbers. Where several have one number, the first is the usual one. */
export function namesByNumber(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(numbers)
      .map(([name, number]) => [number, name] as const)
      .reverse(),
  );
}
