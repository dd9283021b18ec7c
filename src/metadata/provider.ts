/** @module Who is speaking, as everything that carries events says it first: one line, encoded once, cached, refreshed. */

const NEWLINE = 0x0a;

/** The metadata line of a run. Whoever carries events sends it before any of them, and again once it has changed. */
export class MetadataProvider {
  #line: Uint8Array;
  #generation = 1;

  /** @param line One JSON document; a newline is added where there is none. */
  constructor(line: Uint8Array) {
    this.#line = asLine(line);
  }

  /** The encoded `agent_init`, newline included. The bytes stay the same until {@link refresh}. */
  get line(): Uint8Array {
    return this.#line;
  }

  /** Counts the lines that there have been, from 1 on: another number means another line. */
  get generation(): number {
    return this.#generation;
  }

  /** Replaces the line. Each carrier sends it before its next event. */
  refresh(line: Uint8Array): void {
    this.#line = asLine(line);
    this.#generation++;
  }
}

function asLine(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === NEWLINE ? bytes : Uint8Array.of(...bytes, NEWLINE);
}
