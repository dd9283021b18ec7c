/** @module Gives each file its stream and the position from which it is read. */
import type { Mark } from "../../checkpoint/mark.ts";
import { compareRotated } from "../../lib/text/rotated-name.ts";
import { ArchiveFile } from "./archive-file.ts";
import type { FollowedFile } from "./followed-file.ts";
import { HeadIndex } from "./head-index.ts";
import type { TextBehind } from "./known-streams.ts";
import type { FileSourceSettings } from "./settings.ts";
import { boundaryBeforeParts, lastBoundary } from "./start-position.ts";
import { type Resumption, type StreamLedger, sharesHead } from "./stream-ledger.ts";

/** What is behind the head of a compressed file would have to be unpacked to be seen. */
const ANY_TEXT: TextBehind = { size: Number.POSITIVE_INFINITY, holds: () => true };
/** Looks that a file which begins like another one waits for that one to be truncated. */
const PATIENCE = 3;

/** What became of a file that appeared later. */
export type Placed =
  | "placed"
  /** It may be a copy in the making. */
  | "later"
  /** It is not to be read. */
  | "ignored";

/** Opens a file and does something with it. @returns Whether both went well; if not, the file is tried again later. */
export type Attempt = (file: FollowedFile, action: () => void) => boolean;

/** What placing goes by. */
type PlacementSettings = Pick<FileSourceSettings, "fromBeginning" | "maxLineBytes" | "log">;

/** Places files: those of the start all at once, later ones as they show what they hold. */
export class Placement {
  readonly #settings: PlacementSettings;
  readonly #ledger: StreamLedger;
  readonly #attempt: Attempt;
  readonly #heads = new HeadIndex();
  /** How rotated files begin that were there before anything was followed, and are not read. */
  readonly #ignoredHeads: Uint8Array[] = [];

  constructor(settings: PlacementSettings, ledger: StreamLedger, attempt: Attempt) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#attempt = attempt;
  }

  /**
   * Places what is there at the start. Inodes that the checkpoint knows come first, so that no copy takes the place
   * of an original; then texts that it knows under other inodes; then what it does not know. Of rotated files that the glob
   * does not name, those are read that came after what the checkpoint knows; the others are not placed.
   */
  placeAtStart(files: readonly FollowedFile[], archives: readonly ArchiveFile[]): void {
    for (const file of files) this.#resume(file, this.#ledger.resumeInode(file, this.#textOf(file)));
    for (const archive of archives) {
      this.#resumeArchive(archive, this.#ledger.resumeInode(archive, ANY_TEXT));
    }
    for (const file of files)
      if (!file.isPlaced) this.#resume(file, this.#ledger.resumeText(file, this.#textOf(file)));
    const rotated = [...files, ...archives].filter((file) => file.rotatedFrom !== undefined);
    for (const archive of archives) {
      if (archive.isPlaced) continue;
      if (archive.rotatedFrom === undefined) this.#placeUnknownArchive(archive);
      else this.#resumeArchive(archive, this.#ledger.resumeText(archive, ANY_TEXT));
    }
    this.#sayContinued([...files, ...archives].filter(({ isPlaced }) => isPlaced).length);
    this.#placeRotated(rotated, files);
    const unknown = files.filter((file) => !file.isPlaced && file.rotatedFrom === undefined);
    for (const file of unknown) this.#attempt(file, () => this.#begin(file, this.#startOf(file)));
    this.#saySkipped(unknown.filter(({ cursor }) => cursor.position > 0).length);
  }

  /** Else whoever reads a file a second time wonders why nothing comes. */
  #sayContinued(files: number): void {
    if (files === 0) return;
    this.#settings.log.info("Files go on where the checkpoint says they were read to", { files });
  }

  /** Else whoever reads a file for the first time wonders why nothing comes. */
  #saySkipped(files: number): void {
    if (files === 0) return;
    const hint = "--from-beginning reads what is in them, too";
    this.#settings.log.info("Files are followed from their end", { files, hint });
  }

  /** What is known of a file behind its head. One that cannot be read is taken for the one that its head says. */
  #textOf(file: FollowedFile): TextBehind {
    const holds = (mark: Mark) => {
      let isHeld = true;
      this.#attempt(file, () => {
        isHeld = file.holds(mark);
      });
      return isHeld;
    };
    return { size: file.size, holds };
  }

  #placeRotated(rotated: readonly (FollowedFile | ArchiveFile)[], files: readonly FollowedFile[]): void {
    const { hasHistory } = this.#ledger;
    const live = files.filter((file) => file.rotatedFrom === undefined);
    const known = new Set(live.filter((file) => file.isPlaced).map(({ path }) => path));
    const rows = Map.groupBy(rotated, ({ rotatedFrom }) => rotatedFrom!.path);
    for (const [path, row] of rows) {
      row.sort((a, b) => compareRotated(a.rotatedFrom!.name, b.rotatedFrom!.name) || compareAge(a, b));
      const newest = row.findLastIndex((file) => file.isPlaced);
      const first = hasHistory && !known.has(path) ? newest + 1 : row.length;
      for (const [i, file] of row.entries()) {
        if (file.isPlaced) continue;
        if (i < first) this.#ignoredHeads.push(file.head);
        else if (file instanceof ArchiveFile) this.#beginArchive(file, true);
        else this.#attempt(file, () => this.#begin(file, 0));
      }
    }
  }

  /** Whether the file is a copy, compressed perhaps, of a rotated one that was there before anything was followed. */
  #isIgnored({ rotatedFrom, head }: FollowedFile | ArchiveFile): boolean {
    return rotatedFrom !== undefined && this.#ignoredHeads.some((ignored) => sharesHead(ignored, head));
  }

  /** Takes note that the file has shown more of its head. */
  noteHead(file: FollowedFile): void {
    if (file.isPlaced) this.#heads.add(file);
  }

  /** Takes note that the file is gone, or is about to hold other text. */
  forget(file: FollowedFile): void {
    this.#heads.remove(file);
  }

  /**
   * Places a file that appeared later, has text, and whose head was read. One that begins like a file which is
   * followed may be its copy, about to replace it: then it is not placed yet but waits for a few looks.
   */
  placeLater(file: FollowedFile): Placed {
    const text = this.#textOf(file);
    const known = this.#ledger.resumeInode(file, text) ?? this.#ledger.resumeText(file, text);
    if (known !== undefined) {
      this.#resume(file, known);
      return "placed";
    }
    if (this.#isIgnored(file)) return "ignored";
    if (file.original === undefined) {
      file.original = this.#heads.alike(file);
      if (file.original !== undefined) {
        file.patience = PATIENCE;
        return "later";
      }
    }
    this.#begin(file, 0);
    return "placed";
  }

  /** Places an archive that appeared later and is complete: most often a file that was followed, compressed. */
  placeArchiveLater(archive: ArchiveFile): Placed {
    // While the file that it was made from is still followed, its stream stays there; this one waits.
    if (this.#heads.alike(archive) !== undefined) return "later";
    const known = this.#ledger.resumeText(archive, ANY_TEXT);
    if (known === undefined && this.#isIgnored(archive)) return "ignored";
    if (known !== undefined) this.#resumeArchive(archive, known);
    // One with a name of its own may be old; one that was rotated away since the last look is not.
    else this.#beginArchive(archive, this.#settings.fromBeginning || archive.rotatedFrom !== undefined);
    return "placed";
  }

  #startOf(file: FollowedFile): number {
    const { fromBeginning, maxLineBytes } = this.#settings;
    if (fromBeginning || this.#ledger.hasHistory) return 0;
    return lastBoundary(file, maxLineBytes);
  }

  #begin(file: FollowedFile, position: number): void {
    const stream = this.#ledger.begin(file, position);
    this.#resume(file, { stream, position, isComplete: false });
  }

  #resume(file: FollowedFile, at: Resumption | undefined): void {
    if (at === undefined) return;
    file.cursor.stream = at.stream;
    file.cursor.silentUntil = at.position;
    file.cursor.position = at.position;
    this.#attempt(file, () => {
      file.cursor.position = boundaryBeforeParts(file, at.position, this.#settings.maxLineBytes);
    });
    file.isPlaced = true;
    this.#heads.add(file);
    file.original = undefined;
    file.patience = 0;
  }

  #placeUnknownArchive(archive: ArchiveFile): void {
    const known = this.#ledger.resumeText(archive, ANY_TEXT);
    if (known !== undefined) {
      this.#resumeArchive(archive, known);
      return;
    }
    const isCopy = this.#heads.alike(archive) !== undefined;
    const isWanted = this.#settings.fromBeginning || this.#ledger.hasHistory;
    this.#beginArchive(archive, isWanted && !isCopy);
  }

  /** One that is not wanted is recorded as read, so that no later start takes it for new. */
  #beginArchive(archive: ArchiveFile, isWanted: boolean): void {
    const position = isWanted ? 0 : archive.textLength;
    const stream = this.#ledger.begin(archive, position);
    this.#resumeArchive(archive, { stream, position, isComplete: !isWanted });
  }

  #resumeArchive(archive: ArchiveFile, at: Resumption | undefined): void {
    if (at === undefined) return;
    archive.cursor.stream = at.stream;
    archive.cursor.silentUntil = at.position;
    archive.isPlaced = true;
    archive.isDrained = at.isComplete || (at.position > 0 && archive.endsAt(at.position));
  }
}

function compareAge(a: { readonly mtimeNs: bigint }, b: { readonly mtimeNs: bigint }): number {
  return a.mtimeNs < b.mtimeNs ? -1 : a.mtimeNs > b.mtimeNs ? 1 : 0;
}
