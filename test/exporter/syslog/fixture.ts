import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-fixture-"));
  const values = {
    // Nobody listens there.
    "syslog-servers": ["tcp://127.0.0.1:9"],
    "syslog-queue-dir": join(directory, "new", "queue"),
  };
  return {
    working: { values },
    failing: { values: { ...values, "syslog-tls-ca-files": [join(directory, "none.pem")] } },
    leftovers: () => readdirSync(directory),
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}
