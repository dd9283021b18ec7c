/** @module The figures that are kept in the repository, and when one of them is worse than it was. */

/** Executed instructions, user's and kernel's. */
export interface Instructions {
  /** From exec to exit of an agent that sends one event of a file. */
  readonly start: number;
  /** File to UDP, for each event of 1.8 KB. */
  readonly event: number;
  /** What the sensor adds to a process that starts and ends. */
  readonly process: number;
  /** What the sensor adds to a TCP connection over loopback, both ends of it. */
  readonly connection: number;
}
