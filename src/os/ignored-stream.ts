/** @module Streams of a child that nobody reads or writes. The runtime opens /dev/null for them, which a root may not have. */
import { closeSync, existsSync } from "node:fs";
import { openPolledPipe } from "./pipe.ts";

/** Standard streams of a child that is about to be started; to be closed here once it has been. */
export class IgnoredStreams implements Disposable {
  /** Is at its end. */
  readonly input: number | "ignore" = "ignore";
  /** Takes nothing: who writes gets an error. */
  readonly output: number | "ignore" = "ignore";
  readonly #fds: readonly number[] = [];

  /** @throws SystemCallError */
  constructor(isNullThere = existsSync("/dev/null")) {
    if (isNullThere) return;
    const [input, inputWriter] = openPolledPipe();
    const [outputReader, output] = openPolledPipe();
    closeSync(inputWriter);
    closeSync(outputReader);
    this.input = input;
    this.output = output;
    this.#fds = [input, output];
  }

  [Symbol.dispose](): void {
    for (const fd of this.#fds) closeSync(fd);
  }
}
