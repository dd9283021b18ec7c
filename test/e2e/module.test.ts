/** Exporter modules in a process of their own, started by the compiled executable. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, runTetrad, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

const INPUT = `${EVENTS.join("\n")}\n`;

/** A module that appends what `body` makes of each batch, and files beside it. */
function writeModule(text: string, files: Readonly<Record<string, string>> = {}) {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const path = join(directory, "x.ts");
  const output = join(directory, "output");
  writeFileSync(path, text.replaceAll("OUTPUT", output));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  const written = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
  return { directory, path, output, written };
}

/** Runs an agent that reads the sample events, and gives them to the module. */
function exportAll(path: string, ...flags: readonly string[]) {
  return runTetrad(
    ["--event-source=stdin", `--export-module=${path}`, "--export-module-when-full=block", ...flags],
    { input: INPUT },
  );
}

describe("an exporter module", () => {
  test("gets agent_init, then the events as they were, with packages and other files beside it", async () => {
    const { path, written } = writeModule(
      `import { appendFileSync } from "node:fs";
       import { tag } from "tagger";
       import { end } from "./end";
       enum Kind { Event = "event" }
       export default {
         needs: { options: ["prefix"] },
         open({ options }: { options: Record<string, string> }) { this.prefix = options.prefix; },
         export(batch) { for (const line of batch.lines) appendFileSync("OUTPUT", tag(this.prefix, Kind.Event) + line + end); },
       };`,
      {
        "end.ts": 'export const end: string = "\\n";',
        "node_modules/tagger/package.json": '{"name":"tagger","main":"lib/main.js"}',
        "node_modules/tagger/lib/main.js": "exports.tag = (a, b) => a + b + ' ';",
      },
    );
    const { code } = await exportAll(path, "--export-module-options=prefix=my,");
    expect(code).toBe(0);
    const [first, ...others] = written();
    expect(first).toStartWith('my,event {"@timestamp"');
    expect(others).toEqual(EVENTS.map((event) => `my,event ${event}`));
  });
});
