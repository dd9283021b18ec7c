/** @module Temporary directories for tests of configuration files. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory of its own, removed when it is disposed of. */
export class TemporaryRoot {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "tetrad-config-")));

  /** Writes a file below the directory, with the directories on its way, all of which only the owner may write. */
  write(path: string, text: string): string {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  }

  /** The path of something below the directory. */
  at(path: string): string {
    return join(this.path, path);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
