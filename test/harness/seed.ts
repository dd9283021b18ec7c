/** @module Random numbers that another run can have again. */

/** The seed that `TETRAD_TEST_SEED` names, else a new one: a positive integer of 31 bits. @throws RangeError */
export function readSeed(text = process.env.TETRAD_TEST_SEED): number {
  if (text === undefined || text === "") return crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 0x7fff_ffff)
    throw new RangeError(`Cannot use TETRAD_TEST_SEED "${text}": needs an integer from 0 to ${0x7fff_ffff}`);
  return seed;
}

/** Numbers from 0 to below 1, as `Math.random()` gives them: mulberry32 by Tommy Ettinger (public domain). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
