import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-fixture-"));
  const taken = join(directory, "taken");
  mkdirSync(taken);
  const options = { "export-file-rotation-interval": 60_000 };
  return {
    working: { values: { ...options, "export-filename": join(directory, "new", "events.log") } },
    // A directory where a file is wanted.
    failing: { values: { ...options, "export-filename": taken } },
    leftovers: () => readdirSync(directory).filter((name) => name !== "taken"),
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}
