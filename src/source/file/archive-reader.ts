/** @module Reads compressed files, one at a time, in turns. */

import type { ConsolaInstance } from "consola";
import { codeOrText } from "../../os/caught.ts";
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
      const chunk = await archive.nextChunk();
      if (chunk === undefined) await this.#finish(archive);
      else await feed(chunk, this.#splitter, this.#sink);
    } catch (error) {
      this.#hasFailed = true;
      const code = codeOrText(error);
      this.#log.warn("Cannot decompress the rest of a file: its last line may be cut", {
        path: archive.path,
        error: code,
      });
      await this.#finish(archive);
    }
    return true;
  }

  /** Ends reading, in the middle of an archive if need be. */
  async close(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
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
    await writeLast(this.#splitter, this.#sink);
    archive.isDrained = true;
    await this.close();
  }
}
