/** @module The export file: whole lines, rotated by size and by time. */
import { rename } from "node:fs/promises";
import type { ConsolaInstance } from "consola";
import { bareMessage, errorCode, errorMessage, isShortage } from "../../os/caught.ts";
import { CreatedPath } from "../../os/created-path.ts";
import { TetradError } from "../../os/error.ts";
import { releaseFile } from "../../os/written-files.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import { PUSHED, type PushDestination, type PushResult } from "../delivery/destination.ts";
import type { PushBatch } from "../delivery/push-batch.ts";
import type { FileRotation } from "../exporter.ts";
import { countWritable, FdWriter } from "../fd-writer.ts";
import { BackupKeeper } from "./backups.ts";
import { freeBackupPath } from "./free-backup-path.ts";
import { type FilePlace, identify, locate, type OpenFile, openForAppend } from "./open.ts";
import { repairEnd } from "./repair.ts";

/** Options of the export file, checked. */
export interface RotatingFileSettings {
  /** `--export-filename`. */
  readonly path: string;
  /** `--export-file-max-size-mb`, mebibytes. A longer line has a file of its own. */
  readonly maxSizeMb: number;
  /** `--export-file-max-backups`; 0 keeps all. */
  readonly maxBackups: number;
  /** `--export-file-rotation-interval`, milliseconds; 0 for never. */
  readonly rotationIntervalMs: number;
  /** `--export-file-compress`. */
  readonly compress: boolean;
  /** `--export-file-perm`: permission bits of a new file, and the most that one keeps which is there. */
  readonly mode: number;
  /** Whom the agent will change to: trusted like its own user. */
  readonly user?: number | undefined;
  readonly log: ConsolaInstance;
}

/** Wait between attempts to rotate or reopen, milliseconds. */
const RETRY_MS = 1000;
/** Error codes for a lack of room: opening the file anew would not help. */
const NO_ROOM = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Writes to one file by name. All work on the file is done one piece after the other. */
export class RotatingFile implements PushDestination {
  readonly kind = "push";
  readonly description: string;
  readonly #settings: RotatingFileSettings;
  /** As it was asked for last. */
  #rotation: FileRotation;
  readonly #backups: BackupKeeper;
  readonly #log = new Throttle();
  /** The file's own path, past all links. */
  #path: string;
  #created: CreatedPath | undefined;
  #file: OpenFile | undefined;
  #writer: FdWriter | undefined;
  /** Bytes of whole lines in the file. */
  #size = 0;
  /** The name may lead to another file by now. */
  #mustReopen = false;
  #mustRotate = false;
  /** Time in the name of the last backup: a later one sorts after it, even where earlier ones have been removed. */
  #lastBackup = 0;
  /** When to reopen or rotate again after that failed: `performance.now()`. */
  #nextAttempt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The last piece of work. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(settings: RotatingFileSettings) {
    const { path, maxSizeMb, maxBackups, rotationIntervalMs, compress, log } = settings;
    this.#settings = settings;
    this.#rotation = { maxSizeMb, maxBackups, rotationIntervalMs };
    this.description = `file "${path}"`;
    this.#path = path;
    this.#backups = new BackupKeeper({
      maxBackups: () => this.#rotation.maxBackups,
      compress,
      onError: (error) => log.warn("Cannot tidy up rotated export files", { path, error: error.message }),
    });
  }

  async open(): Promise<void> {
    const { path, mode, user } = this.#settings;
    try {
      const place = await this.#locate();
      this.#created = new CreatedPath(place.path, 0o755);
      await this.#use(await openForAppend(place, { mode, user }));
    } catch (error) {
      this.#created?.undo();
      // Neither of these is the configuration's fault, and both pass.
      const passes = isShortage(error) || (error instanceof TetradError && error.code === "failed");
      const message = `Cannot open --export-filename "${path}": ${bareMessage(error)}`;
      throw new TetradError(passes ? "failed" : "config", message, { cause: error });
    }
    await this.#rotateIfFull(1);
    this.#backups.request(this.#path, this.#lastBackup);
    this.#startTimer();
  }

  /** How it is rotated from now on. */
  get rotation(): FileRotation {
    return this.#rotation;
  }

  set rotation(rotation: FileRotation) {
    this.#rotation = rotation;
    if (this.#file === undefined) return;
    this.#startTimer();
    this.#backups.request(this.#path, this.#lastBackup);
  }

  #startTimer(): void {
    clearInterval(this.#timer);
    const { rotationIntervalMs } = this.#rotation;
    if (rotationIntervalMs === 0) return;
    this.#timer = setInterval(() => {
      this.#mustRotate = true;
      void this.#exclusive(() => this.#catchUp());
    }, rotationIntervalMs);
    this.#timer.unref();
  }

  get #maxSizeBytes(): number {
    return this.#rotation.maxSizeMb * 1024 * 1024;
  }

  push(batch: PushBatch): Promise<PushResult> {
    return this.#exclusive(() => this.#append(batch));
  }

  reopen(): void {
    this.#mustReopen = true;
    this.#nextAttempt = 0;
    void this.#exclusive(() => this.#catchUp());
  }

  async close(signal: AbortSignal): Promise<void> {
    clearInterval(this.#timer);
    await this.#exclusive(async () => {
      const file = this.#file;
      this.#file = undefined;
      if (file !== undefined) await this.#closeFile(file);
    });
    await this.#backups.close(signal);
  }

  undo(): void {
    this.#created?.undo();
  }

  /** @param run Does not reject. */
  #exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#work.then(run);
    this.#work = result;
    return result;
  }

  async #append(batch: PushBatch): Promise<PushResult> {
    await this.#catchUp();
    await this.#rotateIfFull(batch.endAt(0) - batch.startAt(0));
    // There is no room where rotating failed, and for a line longer than a whole file: neither is lost.
    const count = Math.max(1, countWritable(batch, this.#maxSizeBytes - this.#size));
    const { lines, bytes, error } = await this.#writer!.write(batch, count);
    this.#size += bytes;
    batch.acceptFirst(lines);
    if (error === undefined) return PUSHED;
    await this.#cutTornLine();
    const code = errorCode(error) ?? "";
    if (code === "EFBIG") {
      // A line that an empty file cannot take would keep all lines after it waiting for ever.
      if (lines === 0 && this.#size === 0) {
        batch.lose(0);
        return { error, retryAfterMs: 0 };
      }
      this.#mustRotate = true;
      // The file that comes next has room.
      if (lines > 0) return { error, retryAfterMs: 0 };
    }
    if (!NO_ROOM.has(code)) this.#mustReopen = true;
    return { error };
  }

  /** Goes over to a file, and closes the one before. */
  async #use(file: OpenFile): Promise<void> {
    const { path, log } = this.#settings;
    const before = this.#file;
    this.#file = file;
    this.#writer = new FdWriter(file.handle.fd);
    this.#size = file.size;
    if (file.cut > 0)
      log.warn("A torn event was cut off the end of the export file", { path, bytes: file.cut });
    if (before !== undefined) await this.#closeFile(before);
  }

  /** Never rejects: what was written to the file is counted already. */
  async #closeFile({ handle, identity }: OpenFile): Promise<void> {
    const { path, log } = this.#settings;
    releaseFile(identity);
    try {
      await handle.close();
    } catch (error) {
      log.warn("Cannot close the export file", { path, error: errorMessage(error) });
    }
  }

  /** Does what was asked for since the last write. What fails is tried again, on the file as it is. */
  async #catchUp(): Promise<void> {
    if (this.#file === undefined || performance.now() < this.#nextAttempt) return;
    try {
      if (this.#mustReopen) await this.#reopenByName();
      this.#mustReopen = false;
      if (this.#mustRotate) await this.#rotate();
      this.#mustRotate = false;
    } catch (error) {
      this.#noteFailure(error as Error);
    }
  }

  async #reopenByName(): Promise<void> {
    const { mode, user } = this.#settings;
    const place = await this.#locate();
    if ((await identify(place.path)) === this.#file!.identity) return;
    await this.#use(await openForAppend(place, { mode, user }));
  }

  /** Follows links to the file itself: it is what is rotated, and its directory is where backups are. */
  async #locate(): Promise<FilePlace> {
    const { path, user } = this.#settings;
    const place = await locate(path, user);
    if (place.kind !== "file") throw new Error("it is not a regular file any more");
    this.#path = place.path;
    return place;
  }

  /** @param bytes That are to be written next. */
  async #rotateIfFull(bytes: number): Promise<void> {
    const isFull = () => this.#size > 0 && this.#size + bytes > this.#maxSizeBytes;
    if (!isFull() || performance.now() < this.#nextAttempt) return;
    try {
      // Another program may have cut the file short: logrotate's copytruncate.
      this.#size = Math.min(this.#size, (await this.#file!.handle.stat()).size);
      if (isFull()) await this.#rotate();
    } catch (error) {
      this.#noteFailure(error as Error);
    }
  }

  /**
   * Moves the file aside and starts a new one with the same permissions and owner. An empty file stays: its
   * backup would push out one with events. The old file is written to until the new one is open.
   */
  async #rotate(): Promise<void> {
    const { user } = this.#settings;
    const { handle, identity } = this.#file!;
    const { size, mode, uid, gid } = await handle.stat();
    if (size === 0) return;
    const place = await this.#locate();
    const { path } = place;
    if ((await identify(path)) !== identity) {
      await this.#use(await openForAppend(place, { mode: this.#settings.mode, user }));
      return;
    }
    const { backup, time } = await freeBackupPath(path, this.#lastBackup + 1);
    this.#lastBackup = time;
    await rename(path, backup);
    try {
      await this.#use(await openForAppend(place, { mode: mode & 0o777, owner: { uid, gid }, user }));
    } catch (error) {
      await rename(backup, path);
      throw error;
    }
    this.#backups.request(path, time);
  }

  /** Takes back the part of a line that a failed write has left. Where that fails the next write completes it. */
  async #cutTornLine(): Promise<void> {
    const writer = this.#writer!;
    if (writer.partial === 0) return;
    const { handle } = this.#file!;
    try {
      const { size } = await handle.stat();
      if (size === this.#size + writer.partial) await handle.truncate(this.#size);
      // Another program has written to the file or cut it meanwhile.
      else this.#size = (await repairEnd(handle, size)).size;
      writer.partial = 0;
    } catch (error) {
      this.#settings.log.debug("Cannot cut a torn event off the export file", { error: String(error) });
    }
  }

  #noteFailure(error: Error): void {
    const { path, log } = this.#settings;
    this.#nextAttempt = performance.now() + RETRY_MS;
    if (this.#log.pass() === undefined) return;
    log.warn("Cannot rotate or reopen the export file: events go to the open one", {
      path,
      error: error.message,
    });
  }
}
