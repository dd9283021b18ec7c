/** @module Reads compressed files, one at a time, in turns. */

import type { ConsolaInstance } from "consola";
import { codeOrText } from "../../os/caught.ts";
import { LineCursor } from "../line-cursor.ts";
import type { LineSplitter } from "../line-splitter.ts";
import { feed, writeLast } from "../pump.ts";
import type { Sink } from "../source.ts";
import type { ArchiveFile } from "./archive-file.ts";

/** What reads one archive after the other. Memory is that of one decompressor, however many and large they are. */
export class ArchiveReader {
  readonly #splitter: LineSplitter;
  readonly #sink: Sink;
  readonly #log: ConsolaInstance;
  #active: ArchiveFile | undefined;
  #hasFailed = false;

  constructor(splitter: LineSplitter, sink: Sink, log: ConsolaInstance) {
    this.#splitter = splitter;
    this.#sink = sink;
    this.#log = log;
  }

  /** Whether the rest of an archive could not be read. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * Reads a chunk of the archive under way, or of the first that is ready.
   * @returns Whether there was one.
   */
  async turn(archives: Iterable<ArchiveFile>): Promise<boolean> {
    const archive = this.#active ?? this.#next(archives);
    if (archive === undefined) return false;
    try {
      const chunks = await archive.read();
      if (chunks === undefined) await this.#finish(archive);
      for (const chunk of chunks ?? []) await feed(chunk, this.#splitter, this.#sink);
    } catch (error) {
      this.#fail(archive, error);
    }
    return true;
  }

  /** Ends reading, in the middle of an archive if need be. */
  close(): void {
    this.#release();
  }

  /** What is known of it is kept: another attempt begins anew, and passes over what was handed on. */
  #fail(archive: ArchiveFile, error: unknown): void {
    this.#hasFailed = true;
    const { path, cursor } = archive;
    this.#log.warn("Cannot read file: trying again", { path, error: codeOrText(error) });
    archive.hasFailed = true;
    archive.cursor = new LineCursor();
    archive.cursor.stream = cursor.stream;
    archive.cursor.silentUntil = cursor.reached;
    this.#release();
  }

  /** @returns What was wrong with the archive. */
  #release(): string | undefined {
    const archive = this.#active;
    this.#active = undefined;
    return archive?.close();
  }

  #next(archives: Iterable<ArchiveFile>): ArchiveFile | undefined {
    for (const archive of archives) {
      if (!archive.isReady) continue;
      this.#active = archive;
      this.#splitter.select(archive.cursor);
      return archive;
    }
    return undefined;
  }

  async #finish(archive: ArchiveFile): Promise<void> {
    const { joiner } = archive.cursor;
    // Parts of a container log line are left to the file that comes next.
    if (archive.hasSuccessor) archive.cursor.joiner = undefined;
    await writeLast(this.#splitter, this.#sink);
    if (archive.hasSuccessor) archive.cursor.joiner = joiner;
    archive.isDrained = true;
    const problem = this.#release();
    if (problem === undefined) return;
    this.#hasFailed = true;
    this.#log.warn("Cannot decompress all of a file: what could be read was taken", {
      path: archive.path,
      found: problem,
    });
  }
}
