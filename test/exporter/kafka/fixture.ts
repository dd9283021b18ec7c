import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-fixture-"));
  const values = {
    // Nobody listens there.
    "kafka-brokers": ["127.0.0.1:9"],
    "kafka-queue-dir": join(directory, "new", "queue"),
    "kafka-dead-letter-file": join(directory, "letters", "refused.jsonl"),
  };
  return {
    working: { values },
    failing: { values: { ...values, "kafka-tls-ca-files": [join(directory, "none.pem")] } },
    leftovers: () => readdirSync(directory),
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}
