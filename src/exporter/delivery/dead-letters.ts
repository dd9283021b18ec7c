/** @module What becomes of events that a receiver refuses for good: they are counted, sampled in the log, and kept in a file if there is one. */

import type { ConsolaInstance } from "consola";
import type { LineView } from "../../event/batch.ts";
import { codeOrText, isShortage } from "../../os/caught.ts";
import { CreatedPath } from "../../os/created-path.ts";
import { TetradError } from "../../os/error.ts";
import { fs } from "../../os/fs.ts";
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
const NEWLINE = 0x0a;

/** The refused events of one exporter. */
export class DeadLetters implements Disposable {
  readonly #settings: DeadLetterSettings;
  readonly #log = new Throttle(30_000);
  #fd = -1;
  #created: CreatedPath | undefined;
  /** Room in the file, bytes. */
  #room = 0;
  /** The file ends inside of a line: a full disk or a kill has cut it. */
  #isTorn = false;

  constructor(settings: DeadLetterSettings) {
    this.#settings = settings;
  }

  /** @throws TetradError `config` when the file cannot be written to. */
  open(): void {
    const { file } = this.#settings;
    if (file === undefined || this.#fd !== -1) return;
    try {
      const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = fs().constants;
      this.#created = new CreatedPath(file.path, 0o700);
      this.#fd = fs().openSync(file.path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      const info = fs().fstatSync(this.#fd);
      if (!info.isFile()) throw new Error("it is not a regular file");
      this.#room = file.maxBytes - info.size;
      const last = new Uint8Array(1);
      this.#isTorn =
        info.size > 0 && fs().readSync(this.#fd, last, 0, 1, info.size - 1) === 1 && last[0] !== NEWLINE;
    } catch (cause) {
      this[Symbol.dispose]();
      this.undo();
      const found = codeOrText(cause);
      if (isShortage(cause))
        throw new TetradError("failed", `Cannot open dead-letter file "${file.path}": ${found}`, { cause });
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

  /** Takes back the file where {@link open} has made it: nothing was ever sent. Called after it was closed. */
  undo(): void {
    this.#created?.undo();
  }

  [Symbol.dispose](): void {
    if (this.#fd !== -1) fs().closeSync(this.#fd);
    this.#fd = -1;
  }

  /** As lines of their own. At once: refused events are few, or end at the limit. */
  #keep(bytes: Uint8Array): void {
    if (this.#fd === -1 || bytes.length + 1 > this.#room) return;
    try {
      if (this.#isTorn) this.#room -= fs().writeSync(this.#fd, "\n");
      this.#isTorn = false;
      const written = fs().writeSync(this.#fd, bytes);
      this.#room -= written;
      this.#isTorn = written < bytes.length;
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
