import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-fixture-"));
  const values = {
    // Nobody listens there.
    "otlp-endpoint": "http://127.0.0.1:9",
    "otlp-queue-dir": join(directory, "new", "queue"),
    "otlp-dead-letter-file": join(directory, "letters", "refused.jsonl"),
  };
  return {
    working: { values },
    failing: { values: { ...values, "otlp-headers-file": join(directory, "none") } },
    leftovers: () => readdirSync(directory),
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}
