/** @module What runtimes have said of containers that they are about to start, until the API server says the same. */
import type { LabelLookup } from "../../../lib/labels/index.ts";

/** A container that is about to start. */
export interface StartingContainer {
  /** First 31 characters. */
  readonly id: string;
  /** `""` where nobody says. */
  readonly podUid: string;
  readonly name: string;
  /** The image's, without tag and digest; `""` where nobody says. */
  readonly repo: string;
}

/** Most that are remembered: the oldest makes room. */
const MOST = 1024;

/** They are looked up by id. */
export class StartingContainers {
  readonly #labels = new Map<string, LabelLookup>();

  add({ id, name, repo }: StartingContainer): void {
    if (id === "" || name === "") return;
    const labels = new Map([["name", name], ...(repo === "" ? [] : [["repo", repo] as const])]);
    this.#labels.delete(id);
    this.#labels.set(id, (key) => labels.get(key));
    if (this.#labels.size > MOST) this.#labels.delete(this.#labels.keys().next().value!);
  }

  /** Its `name` and `repo`. @param id Its first 31 characters. */
  labelOf(id: string): LabelLookup | undefined {
    return this.#labels.get(id);
  }
}
