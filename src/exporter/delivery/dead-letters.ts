/** @module What becomes of events that a receiver refuses for good: they are counted, sampled in the log, and kept in a file if there is one. */
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import type { ConsolaInstance } from "consola";
import type { LineView } from "../../event/batch.ts";
import { codeOrText } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { Throttle } from "../../telemetry/throttle.ts";

/** Where refused events are kept. */
export interface DeadLetterFile {
  readonly path: string;
  /** The file does not grow beyond this; what comes later is counted and sampled only. Bytes. */
  readonly maxBytes: number;
}

/** What {@link DeadLetters} is given. */
export interface DeadLetterSettings {
  readonly exporter: string;
  readonly log: ConsolaInstance;
  readonly file?: DeadLetterFile | undefined;
}

/** Bytes of an event in the log. */
const SAMPLE_BYTES = 256;
const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The refused events of one exporter. */
export class DeadLetters implements Disposable {
  readonly #settings: DeadLetterSettings;
  readonly #log = new Throttle(30_000);
  #fd = -1;
  /** Room in the file, bytes. */
  #room = 0;

  constructor(settings: DeadLetterSettings) {
    this.#settings = settings;
  }

  /** @throws TetradError `config` when the file cannot be written to. */
  open(): void {
    const { file } = this.#settings;
    if (file === undefined || this.#fd !== -1) return;
    try {
      this.#fd = openSync(file.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      this.#room = file.maxBytes - fstatSync(this.#fd).size;
    } catch (cause) {
      const found = codeOrText(cause);
      throw new TetradError(
        "config",
        `Cannot open dead-letter file "${file.path}": ${found}, needs a file that can be written`,
        { cause },
      );
    }
  }

  /** Takes line `i`. @param reason Why it was refused, if the receiver said so. */
  add(lines: LineView, i: number, reason: string | undefined): void {
    const bytes = lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i));
    this.#keep(bytes);
    const repeated = this.#log.pass();
    if (repeated === undefined) return;
    this.#settings.log.warn("Event refused for good", {
      exporter: this.#settings.exporter,
      ...(reason !== undefined && { reason }),
      sample: Buffer.from(bytes.subarray(0, SAMPLE_BYTES)).toString().trimEnd(),
      ...repeated,
    });
  }

  [Symbol.dispose](): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Whole lines only. At once: refused events are few, or end at the limit. */
  #keep(bytes: Uint8Array): void {
    if (this.#fd === -1 || bytes.length > this.#room) return;
    try {
      this.#room -= writeSync(this.#fd, bytes);
    } catch (error) {
      // Counted and sampled all the same.
      this.#room = 0;
      this.#settings.log.warn("Cannot keep refused events", {
        exporter: this.#settings.exporter,
        error: String(error),
      });
    }
  }
}
