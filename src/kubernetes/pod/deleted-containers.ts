/**
 * @module Containers whose pods are gone: the one that was asked for last is forgotten last, and of the namespace first that has most, so
 * that who makes and removes pods all the time has nobody else's forgotten.
 */

/** Keeps their ids. */
export class DeletedContainers {
  /** Namespaces by ids. */
  readonly #namespaces = new Map<string, string>();
  /** Ids by namespace, the one that was asked for last at the end. */
  readonly #ids = new Map<string, Set<string>>();

  /** All of them. */
  get size(): number {
    return this.#namespaces.size;
  }

  add(id: string, namespace: string): void {
    this.delete(id);
    this.#namespaces.set(id, namespace);
    const ids = this.#ids.get(namespace) ?? new Set();
    this.#ids.set(namespace, ids.add(id));
  }

  /** It was asked for. @returns Whether it is one of them. */
  touch(id: string): boolean {
    const namespace = this.#namespaces.get(id);
    if (namespace === undefined) return false;
    this.add(id, namespace);
    return true;
  }

  delete(id: string): void {
    const namespace = this.#namespaces.get(id);
    if (namespace === undefined) return;
    this.#namespaces.delete(id);
    const ids = this.#ids.get(namespace)!;
    ids.delete(id);
    if (ids.size === 0) this.#ids.delete(namespace);
  }

  /** The one that was asked for longest ago, of the namespace that has most. @throws RangeError when there is none. */
  takeOldest(): string {
    let most: ReadonlySet<string> = new Set();
    for (const ids of this.#ids.values()) if (ids.size > most.size) most = ids;
    const [oldest] = most;
    if (oldest === undefined) throw new RangeError("No container is kept");
    this.delete(oldest);
    return oldest;
  }
}
