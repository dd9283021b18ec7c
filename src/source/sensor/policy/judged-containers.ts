/** @module Containers about which policies have been asked once all was known of them. */

/** They are forgotten with their pods. */
export class JudgedContainers {
  readonly #byPod = new Map<string, Set<string>>();
  /** Those of which it was known only after their first process. */
  late = 0;

  /** @returns Whether it was not one of them. */
  add(podUid: string, id: string): boolean {
    const known = this.#byPod.get(podUid) ?? new Set();
    this.#byPod.set(podUid, known);
    return known.size < known.add(id).size;
  }

  delete(podUid: string): void {
    this.#byPod.delete(podUid);
  }

  clear(): void {
    this.#byPod.clear();
  }
}
