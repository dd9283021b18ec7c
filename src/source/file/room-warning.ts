/** @module Says when the checkpoint cannot follow as many files as there are. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";

/** Warns whenever files have lost their place since the last time. */
export class RoomWarning {
  readonly #checkpoint: Checkpoint;
  readonly #log: ConsolaInstance;
  #evictions = 0;

  constructor(checkpoint: Checkpoint, log: ConsolaInstance) {
    this.#checkpoint = checkpoint;
    this.#log = log;
  }

  check(): void {
    const { evictions } = this.#checkpoint;
    if (evictions === this.#evictions) return;
    this.#evictions = evictions;
    this.#log.warn(
      `The checkpoint has no room for all files: ${evictions} that it knew were forgotten so far`,
    );
  }
}
