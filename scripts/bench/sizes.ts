/** @module The sizes of events that files are made of. */

/** A size of events. */
export interface Size {
  readonly name: string;
  readonly meanBytes: number;
  readonly events: number;
  readonly quickEvents: number;
  /** Whether all contestants run, or only tetrad and the limit, which the requirements compare at every size. */
  readonly isForAll: boolean;
}

export const MEDIUM: Size = {
  name: "1.8 KB",
  meanBytes: 1800,
  events: 300_000,
  quickEvents: 20_000,
  isForAll: true,
};
export const SMALL: Size = {
  name: "200 B",
  meanBytes: 200,
  events: 900_000,
  quickEvents: 20_000,
  isForAll: false,
};
export const LARGE: Size = {
  name: "9 KB",
  meanBytes: 9000,
  events: 60_000,
  quickEvents: 4_000,
  isForAll: false,
};
export const SIZES: readonly Size[] = [MEDIUM, SMALL, LARGE];
/** Of the random events: the same file each time. */
export const SEED = 1;
