/** @module What `--export-filename` leads to: a file that is rotated, or a FIFO, a device or a descriptor, which are not. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { bareMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import type { DestinationEvents, PushDestination, PushResult } from "../delivery/destination.ts";
import type { PushBatch } from "../delivery/push-batch.ts";
import type { FileRotation } from "../exporter.ts";
import { FileOutput } from "../file-output.ts";
import { StreamOutput } from "../stream-output.ts";
import { FifoOutput } from "./fifo-output.ts";
import { locate, type Place } from "./open.ts";
import { RotatingFile, type RotatingFileSettings } from "./rotating-file.ts";

const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;

const OPTION = "--export-filename";

/** Decides when it is opened what the path leads to. */
export class ExportFile implements PushDestination {
  readonly kind = "push";
  readonly description: string;
  readonly #settings: RotatingFileSettings;
  #destination: PushDestination | undefined;
  /** Of a device. */
  #fd = -1;

  constructor(settings: RotatingFileSettings) {
    this.#settings = settings;
    this.description = `file "${settings.path}"`;
  }

  async open(events: DestinationEvents): Promise<void> {
    const { path, user } = this.#settings;
    try {
      this.#destination = this.#destinationAt(await locate(path, user));
    } catch (cause) {
      throw new TetradError("config", `Cannot open --export-filename "${path}": ${bareMessage(cause)}`, {
        cause,
      });
    }
    await this.#destination.open(events);
  }

  push(batch: PushBatch, signal: AbortSignal): Promise<PushResult> {
    return this.#destination!.push(batch, signal);
  }

  reopen(): void {
    this.#destination?.reopen?.();
  }

  async close(signal: AbortSignal): Promise<void> {
    await this.#destination?.close(signal);
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }

  undo(): void {
    this.#destination?.undo?.();
  }

  /** How the file is rotated, where it is one. */
  get rotation(): FileRotation | undefined {
    return this.#destination instanceof RotatingFile ? this.#destination.rotation : undefined;
  }

  set rotation(rotation: FileRotation) {
    if (this.#destination instanceof RotatingFile) this.#destination.rotation = rotation;
  }

  #destinationAt(place: Place): PushDestination {
    if (place.kind === "file") return new RotatingFile(this.#settings);
    if (place.kind === "descriptor") {
      return fstatSync(place.fd).isFile()
        ? new FileOutput(place.fd, this.description, OPTION)
        : new StreamOutput(place.fd, this.description, OPTION);
    }
    if (place.isFifo) return new FifoOutput(place.path, this.description);
    this.#fd = openSync(place.path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    return new StreamOutput(this.#fd, this.description, OPTION);
  }
}
