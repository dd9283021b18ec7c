/** @module What a file source is given. */
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { SourceSettings } from "../source.ts";

/** Settings of one `file:GLOB` source. */
export interface FileSourceSettings extends SourceSettings {
  /** Path or glob, as the user wrote it; relative ones start at the working directory. */
  readonly glob: string;
  /** Read files that are there at the start from their beginning, instead of from their end. */
  readonly fromBeginning: boolean;
  /** End once each file has been read to its end. */
  readonly exitAtEnd: boolean;
  /** Longest line, in bytes without its newline. */
  readonly maxLineBytes: number;
  /** Where positions are kept. Sources may share one. */
  readonly checkpoint: Checkpoint;
  /** Milliseconds between two looks at names, sizes and inodes. */
  readonly pollIntervalMs: number;
  /** Files held open at most; those that are replaced or deleted while they are read come on top. */
  readonly maxOpenFiles: number;
}
