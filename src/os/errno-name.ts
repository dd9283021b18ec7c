/** @module Names of errors. */
import { constants } from "node:os";

/** `EPERM` of 1; `undefined` where there is none. Where several names have one number, the first is the usual one. */
export function errnoName(errno: number): string | undefined {
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0];
}
