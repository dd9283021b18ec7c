import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-fixture-"));
  const code = mkdtempSync(join(tmpdir(), "tetrad-module-"));
  const path = join(code, "none.ts");
  writeFileSync(path, "export default { export() {} };\n");
  const values = {
    "export-module": path,
    "export-module-queue-dir": join(directory, "new", "queue"),
    "export-module-dead-letter-file": join(directory, "letters", "refused.jsonl"),
  };
  return {
    working: { values },
    failing: { values: { ...values, "export-module": join(code, "absent.ts") } },
    leftovers: () => readdirSync(directory),
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
      rmSync(code, { recursive: true });
    },
  };
}
