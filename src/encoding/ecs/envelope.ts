/** @module Documents of the Elastic Common Schema as messages: `--udp-format=ecs`. */
import type { Envelope, Pieces } from "../envelope.ts";
import { EcsEncoder } from "./encoder.ts";
import type { EcsSettings } from "./settings.ts";

/** For documents until they have left. One that alone is larger gets memory of its own. */
const MEMORY_BYTES = 512 * 1024;

/** A message is a document and a newline. */
export class EcsEnvelope implements Envelope {
  readonly #encoder: EcsEncoder;
  readonly #memory = Buffer.allocUnsafeSlow(MEMORY_BYTES);
  #used = 0;

  constructor(settings: EcsSettings) {
    this.#encoder = new EcsEncoder(settings);
  }

  begin(): void {
    this.#used = 0;
  }

  wrap(source: Uint8Array, start: number, end: number, pieces: Pieces): boolean {
    const at = this.#used;
    const after = this.#encoder.encodeLine(source, start, end, this.#memory, at);
    if (after <= MEMORY_BYTES) {
      pieces.add(this.#memory, at, after);
      this.#used = after;
      return true;
    }
    if (at > 0) return false;
    const message = this.#encoder.lineOf(source.subarray(start, end));
    pieces.add(message, 0, message.length);
    return true;
  }
}
