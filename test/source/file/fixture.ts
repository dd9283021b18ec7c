import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-fixture-"));
  writeFileSync(join(directory, "events.log"), '{"n":1}\n');
  return {
    working: { argument: join(directory, "*.log") },
    failing: { never: "a file that cannot be opened is tried again later" },
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}
