/** @module Files that processes have mapped: a library has several mappings, and is one event. */

/** Pairs of process and path that are remembered, as in Tetragon. */
const MOST_KNOWN = 1024;

/** Knows the last ones. */
export class MappedFiles {
  /** The one that was seen last is the last one. */
  readonly #known = new Set<string>();

  /** Whether a process mapped that file before, as far as is remembered; from now on it has. */
  sawBefore(pid: number, path: string): boolean {
    const name = `${pid} ${path}`;
    const isKnown = this.#known.delete(name);
    this.#known.add(name);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    return isKnown;
  }
}
