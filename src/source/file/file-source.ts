/**
 * @module Events from files that grow: Tetragon's own log, Kubernetes container logs, FIFOs; through rotation,
 * truncation, compression and restarts.
 */
import { freeDescriptors } from "../../os/open-descriptors.ts";
import { DirectoryWatcher } from "../directory-watcher.ts";
import { LineSplitter } from "../line-splitter.ts";
import { tooLongWarner } from "../log-too-long.ts";
import { Running } from "../running.ts";
import type { Source } from "../source.ts";
import { statOf } from "../stat.ts";
import { Wake } from "../wake.ts";
import { FifoGroup } from "./fifo-group.ts";
import { Follower } from "./follower.ts";
import type { FileSourceSettings } from "./settings.ts";

/** Descriptors that are left to the others: logs and exporters that are opened anew, directories, sockets. */
const RESERVED_DESCRIPTORS = 16;
/** Changes that follow each other faster than this are read together, milliseconds. */
const COALESCE_MS = 2;
/**
 * How long after a change all files are looked at, milliseconds: Bun's watcher swallows events that follow another
 * one within a millisecond, even when they are about other files (`shouldEmit` in its path_watcher).
 */
const LOOK_DELAY_MS = 10;
/** When files change all the time, looking around takes at most one part in this many of the time. */
const LOOK_SHARE = 50;
/** So does looking without a reason, which has to be done for file systems that report no changes. */
const POLL_SHARE = 20;

/** One `file:GLOB`. */
export class FileSource implements Source {
  readonly name: string;
  readonly #settings: FileSourceSettings;
  readonly #createSplitter: () => LineSplitter;
  readonly #wake = new Wake();
  readonly #stopping = new AbortController();
  readonly #running = new Running(() => this.#close());
  #follower: Follower | undefined;
  #isLookDue = false;
  #isPollDue = false;
  #nextLookAt = 0;
  #nextPollAt = 0;
  #lastReadAt = 0;
  #lastChangeAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #maxOpenFiles = 0;

  constructor(settings: FileSourceSettings) {
    this.#settings = settings;
    this.name = `file:${settings.glob}`;
    const { maxLineBytes, counters, log } = settings;
    const onTooLong = tooLongWarner(this.name, maxLineBytes, log);
    this.#createSplitter = () => new LineSplitter({ maxLineBytes, counters, onTooLong });
  }

  /** Opens the files that are there. One that cannot be opened is tried again later, so this does not fail. */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#maxOpenFiles = this.#affordableFiles();
    const settings = { ...this.#settings, maxOpenFiles: this.#maxOpenFiles };
    this.#follower = new Follower(settings, this.#stopping.signal, this.#createSplitter);
    this.#follower.open();
  }

  run(): Promise<void> {
    return this.#running.track(this.#run());
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#wake.signal();
    await this.#running.end(signal);
  }

  /** As many files as may be open at once, and no more than leave descriptors for everything else. */
  #affordableFiles(): number {
    const { maxOpenFiles, log } = this.#settings;
    const affordable = Math.max(1, Math.floor((freeDescriptors() - RESERVED_DESCRIPTORS) / 2));
    if (affordable >= maxOpenFiles) return maxOpenFiles;
    log.warn("Fewer files are kept open than --max-open-files says: the limit of open files is low", {
      source: this.name,
      files: affordable,
    });
    return affordable;
  }

  async #close(): Promise<void> {
    const follower = this.#follower;
    this.#follower = undefined;
    await follower?.[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { sink, log, counters, exitAtEnd, checkpoint, pollIntervalMs } = this.#settings;
    const follower = this.#follower;
    if (this.#stopping.signal.aborted || follower === undefined) return;
    const createSplitter = this.#createSplitter;
    const pipes = new FifoGroup({
      sink,
      log,
      counters,
      exitAtEnd,
      createSplitter,
      maxOpen: this.#maxOpenFiles,
      patienceMs: pollIntervalMs,
      onEnd: (failed) => {
        if (failed !== undefined) follower.forgetPipe(failed);
        this.#wake.signal();
      },
    });
    using watcher = new DirectoryWatcher((path) => this.#onChange(follower, path), log);
    const timer = setInterval(() => this.#onPoll(), pollIntervalMs);
    try {
      follower.begin(pipes);
      checkpoint.markUsed();
      if (follower.isEmpty && pipes.isIdle) this.#sayNothingFound();
      if (!exitAtEnd) watcher.watch(follower.directories);
      await this.#loop(follower, watcher, pipes);
      if (exitAtEnd && (follower.hasFailed || pipes.hasFailed)) this.#hasFailed = true;
    } finally {
      clearInterval(timer);
      await pipes.stop();
    }
  }

  reload(): void {
    this.#isLookDue = true;
    this.#wake.signal();
  }

  async #loop(follower: Follower, watcher: DirectoryWatcher, pipes: FifoGroup): Promise<void> {
    const { exitAtEnd, pollIntervalMs } = this.#settings;
    const { signal } = this.#stopping;
    let isLast = false;
    while (!signal.aborted) {
      if (!exitAtEnd) await this.#lookAround(follower, watcher);
      if (await follower.readAll()) {
        this.#lastReadAt = performance.now();
        continue;
      }
      if (exitAtEnd && pipes.isIdle && !signal.aborted) {
        if (isLast && !follower.isWaiting) {
          await follower.finishAll();
          return;
        }
        // What came meanwhile may be gone when the next run comes.
        if (isLast) await Bun.sleep(pollIntervalMs);
        await follower.poll();
        isLast = true;
        continue;
      }
      await this.#sleep();
    }
  }

  async #lookAround(follower: Follower, watcher: DirectoryWatcher): Promise<void> {
    const begin = performance.now();
    const isLookDue = this.#isLookDue && begin >= this.#nextLookAt;
    const isPoll = this.#isPollDue && begin >= this.#nextPollAt;
    this.#isPollDue = false;
    if (!isPoll && !isLookDue) return;
    if (isPoll) await follower.poll();
    else follower.look();
    watcher.watch(follower.directories);
    const end = performance.now();
    if (isPoll) this.#nextPollAt = end + (end - begin) * POLL_SHARE;
    // A change just before this look may have hidden one just after it.
    this.#isLookDue = this.#lastChangeAt + LOOK_DELAY_MS > begin;
    this.#nextLookAt = Math.max(end + (end - begin) * LOOK_SHARE, this.#lastChangeAt + LOOK_DELAY_MS);
  }

  async #sleep(): Promise<void> {
    if (this.#isLookDue) await this.#wake.wait(Math.max(1, this.#nextLookAt - performance.now()));
    else await this.#wake.wait();
    const sinceRead = performance.now() - this.#lastReadAt;
    if (sinceRead < COALESCE_MS && !this.#stopping.signal.aborted) await Bun.sleep(COALESCE_MS - sinceRead);
  }

  #onChange(follower: Follower, path: string): void {
    follower.noteChange(path);
    this.#lastChangeAt = performance.now();
    if (!this.#isLookDue) this.#nextLookAt = Math.max(this.#nextLookAt, this.#lastChangeAt + LOOK_DELAY_MS);
    this.#isLookDue = true;
    this.#wake.signal();
  }

  #onPoll(): void {
    this.#isPollDue = true;
    this.#wake.signal();
  }

  #sayNothingFound(): void {
    const { glob, exitAtEnd, log } = this.#settings;
    const found = statOf(glob)?.isDirectory() ? "it is a directory" : "nothing matches";
    if (!exitAtEnd) {
      log.info(`Waiting for files: ${found}`, { source: this.name });
      return;
    }
    this.#hasFailed = true;
    log.warn(`No file to read: ${found}`, { source: this.name });
  }
}
