/** Exporter modules of the self-contained executable, where there is nothing but it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, packedTetrad, run, SYSTEM_PATH, scratchDirectory } from "./support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const EVENTS_FILE = join(import.meta.dir, "../fixtures/tetragon-events.jsonl");

/** A module that uses the example of the SDK and a package, both beside it. */
const MODULE = `
  import { appendFileSync } from "node:fs";
  import { tag } from "tagger";
  import { reshape } from "./example.ts";
  export default {
    export({ events }) {
      for (const event of events) {
        const made = reshape(event);
        if (made !== undefined) appendFileSync("/m/output", tag(JSON.stringify(made)) + "\\n");
      }
    },
  };`;

const EXPORT = `
  mount --bind "$0" "$0"
  mount --bind "$1" "$0/tetrad"
  mount -t proc proc "$0/proc"
  chroot "$0" /tetrad sdk /m
  chroot "$0" /tetrad sdk test /m
  chroot "$0" /tetrad run --event-source=stdin --export-module=/m/x.ts --export-module-when-full=block $FLAGS < "$EVENTS"`;

describe.skipIf(missing(["gcc", "unshare", "mount", "chroot"], { root: true }))(
  "an exporter module in a root that holds tetrad and the module",
  () => {
    for (const flags of ["", "--export-module-user=65534:65534"]) {
      test(`is made from what tetrad sdk writes, tested, and given every event (${flags || "no user of its own"})`, () => {
        const root = mkdtempSync(join(scratchDirectory(), "module-"));
        try {
          for (const directory of ["proc", "m/node_modules/tagger"])
            mkdirSync(join(root, directory), { recursive: true });
          writeFileSync(join(root, "tetrad"), "");
          writeFileSync(join(root, "m/x.ts"), MODULE);
          writeFileSync(
            join(root, "m/node_modules/tagger/package.json"),
            '{"name":"tagger","main":"main.js"}',
          );
          writeFileSync(
            join(root, "m/node_modules/tagger/main.js"),
            'exports.tag = (text) => "tagged " + text;',
          );
          writeFileSync(join(root, "m/output"), "", { mode: 0o666 });
          run(["chmod", "-R", "go-w,a+rX", root], { PATH: SYSTEM_PATH });
          run(["chmod", "666", join(root, "m/output")], { PATH: SYSTEM_PATH });
          const ended = run(
            [
              "unshare",
              "--mount",
              "--pid",
              "--fork",
              "--kill-child",
              "sh",
              "-ec",
              EXPORT,
              root,
              packedTetrad(),
            ],
            { PATH: SYSTEM_PATH, EVENTS: EVENTS_FILE, FLAGS: flags },
          );
          expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
          const executed = readFileSync(EVENTS_FILE, "utf8").split('"process_exec":{').length - 1;
          const lines = readFileSync(join(root, "m/output"), "utf8").trimEnd().split("\n");
          expect(lines.length).toBe(executed);
          expect(lines[0]).toStartWith('tagged {"at":');
        } finally {
          rmSync(root, { recursive: true });
        }
      });
    }
  },
);
