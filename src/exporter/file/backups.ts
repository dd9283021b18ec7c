/** @module Keeps the backups of one export file: how many there are, and that they are compressed. */
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Backup, backupTime, COMPRESSED, INCOMPLETE, parseBackupName } from "./backup-name.ts";
import { compressFile } from "./compress.ts";

/** What a {@link BackupKeeper} is given. */
export interface BackupSettings {
  /** Backups to keep, the newest; 0 keeps all. */
  readonly maxBackups: () => number;
  readonly compress: boolean;
  /** Called with what went wrong: nothing here ends the agent. */
  readonly onError: (error: Error) => void;
}

/**
 * Looks through the directory after each rotation, as Tetragon's lumberjack does: removes the oldest backups
 * beyond the limit and compresses the others. A backup counts once, even if it is there plain and compressed.
 */
export class BackupKeeper {
  readonly #settings: BackupSettings;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #isRequested = false;
  #path = "";
  #lastBackup = 0;

  constructor(settings: BackupSettings) {
    this.#settings = settings;
  }

  /**
   * Asks for a look at the directory, in the background.
   * @param path Of the export file, past all links.
   * @param lastBackup Time in the name of the newest backup that this run has made, milliseconds since 1970.
   */
  request(path: string, lastBackup: number): void {
    this.#path = path;
    this.#lastBackup = lastBackup;
    this.#isRequested = true;
    this.#running ??= this.#run();
  }

  /** Waits until the work is done; leaves it to the next start once `signal` aborts. */
  async close(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#abort.abort();
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    await this.#running;
    signal.removeEventListener("abort", onAbort);
  }

  async #run(): Promise<void> {
    while (this.#isRequested && !this.#abort.signal.aborted) {
      this.#isRequested = false;
      try {
        await this.#look();
      } catch (error) {
        if (!this.#abort.signal.aborted) this.#settings.onError(error as Error);
      }
    }
    this.#running = undefined;
  }

  async #look(): Promise<void> {
    const { compress } = this.#settings;
    const maxBackups = this.#settings.maxBackups();
    const directory = dirname(this.#path);
    // What is named for a time to come was made by somebody else, or by a wrong clock: it must not push ours out.
    const now = new Date(Math.max(Date.now(), this.#lastBackup));
    const backups = (await listBackups(this.#path)).filter(({ time }) => time <= backupTime(now));
    const isIncomplete = ({ name }: Backup) => name.endsWith(INCOMPLETE);
    // What a run that was killed left behind: the plain file is still there.
    for (const { name } of backups.filter(isIncomplete)) await rm(join(directory, name), { force: true });
    const whole = backups.filter((backup) => !isIncomplete(backup));
    const names = [...new Set(whole.map(({ plainName }) => plainName))];
    const kept = new Set(maxBackups === 0 ? names : names.slice(0, maxBackups));
    for (const { name, plainName } of whole) {
      if (!kept.has(plainName)) await rm(join(directory, name), { force: true });
    }
    if (!compress) return;
    for (const { name, plainName } of whole) {
      if (!kept.has(plainName) || name.endsWith(COMPRESSED)) continue;
      await compressFile(join(directory, name), this.#abort.signal);
    }
  }
}

/** The backups of `path` that are in its directory, the newest first. */
export async function listBackups(path: string): Promise<Backup[]> {
  const entries = await readdir(dirname(path), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => parseBackupName(path, entry.name))
    .filter((backup) => backup !== undefined)
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}
