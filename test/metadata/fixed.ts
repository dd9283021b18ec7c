/** @module Metadata whose lines a test chooses. */
import type { Progress } from "../../src/metadata/document.ts";
import type { MetadataProvider } from "../../src/metadata/provider.ts";

const NEWLINE = 0x0a;

/** Says one line until it is given another one. */
export class FixedMetadata implements MetadataProvider {
  readonly event = "agent_init";
  generation = 1;
  sent = 0;
  /** What had been done before each line that was asked for. */
  readonly progress: Progress[] = [];
  /** What it says last of all, if it says so. */
  last: Uint8Array | undefined;
  #line: Uint8Array;

  /** A newline is added where there is none. */
  constructor(line: Uint8Array) {
    this.#line = asLine(line);
  }

  lineAfter(progress: Progress): Uint8Array {
    this.progress.push(progress);
    return this.#line;
  }

  noteSent(): void {
    this.sent++;
  }

  conclude(): boolean {
    if (this.last === undefined) return false;
    this.refresh(this.last);
    return true;
  }

  /** Replaces the line. */
  refresh(line: Uint8Array): void {
    this.#line = asLine(line);
    this.generation++;
  }
}

function asLine(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === NEWLINE ? bytes : Uint8Array.of(...bytes, NEWLINE);
}
