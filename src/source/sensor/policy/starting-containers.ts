/** @module What runtimes have said of containers that they are about to start, until the API server says the same. */
import type { LabelLookup } from "../../../lib/labels/index.ts";
import type { StartingContainer } from "../../../policy/workload.ts";

/** Most that are remembered: the oldest makes room. */
const MOST = 1024;
/** Characters of a name, and of an image's, at most: no container of a cluster has longer ones, and whoever asks may say anything. */
const [LONGEST_NAME, LONGEST_REPO] = [253, 1024];

/** They are looked up by id. */
export class StartingContainers {
  readonly #labels = new Map<string, LabelLookup>();

  add({ id, name, repo }: StartingContainer): void {
    if (id === "" || name === "" || name.length > LONGEST_NAME || repo.length > LONGEST_REPO) return;
    const labels = new Map([["name", name], ...(repo === "" ? [] : [["repo", repo] as const])]);
    // Who asks may be anybody: what the first one has said stays.
    if (this.#labels.has(id)) return;
    this.#labels.set(id, (key) => labels.get(key));
    if (this.#labels.size > MOST) this.#labels.delete(this.#labels.keys().next().value!);
  }

  /** Its `name` and `repo`. @param id Its first 31 characters. */
  labelOf(id: string): LabelLookup | undefined {
    return this.#labels.get(id);
  }
}
