/** @module Does something to as many as can be done together. */

/** Tries with all, and where that fails with the one half and with the other; of one alone somebody else will say why. */
export function together<T>(all: readonly T[], work: (some: readonly T[]) => void): void {
  if (all.length < 2) return;
  try {
    work(all);
  } catch {
    const middle = all.length >> 1;
    together(all.slice(0, middle), work);
    together(all.slice(middle), work);
  }
}
