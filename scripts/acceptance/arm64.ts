/** @module The executable for arm64 on an emulated processor: without the sensor, which has no kernel there. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Acceptance, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const EXECUTABLE = `${ROOT}dist/tetrad-linux-arm64`;
const EVENTS = `${ROOT}test/fixtures/tetragon-events.jsonl`;
/** The loader and the C library of Debian's cross compiler. */
const LIBRARIES = "/usr/aarch64-linux-gnu";
const QEMU = ["qemu-aarch64-static", "qemu-aarch64"];
const PATIENCE_MS = 120_000;

function install(say: (text: string) => void): string {
  const find = () => QEMU.map((name) => Bun.which(name)).find((path) => path !== null);
  if (find() === undefined || !existsSync(LIBRARIES)) {
    say("installing Debian's qemu-user-static and libc6-arm64-cross");
    Bun.spawnSync([`${ROOT}scripts/ci/peers.sh`], { stdout: 2, stderr: "inherit" });
  }
  const qemu = find();
  if (qemu == null) throw new Error("Cannot run arm64: install qemu-user-static and libc6-arm64-cross");
  return qemu;
}

/** Runs the executable to its end. @throws Error when it fails or takes too long. */
async function runOn(qemu: string, args: readonly string[]): Promise<string> {
  const child = Bun.spawn([qemu, "-L", LIBRARIES, EXECUTABLE, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: PATIENCE_MS,
  });
  const [text, log] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0)
    throw new Error(`Ended with ${child.exitCode ?? child.signalCode}:\n${log}`);
  return text;
}

/** @throws Error that says where the two differ first. */
function expectEqual(found: readonly string[], expected: readonly string[]): void {
  for (let i = 0; i < Math.max(found.length, expected.length); i++) {
    if (found[i] === expected[i]) continue;
    const start = (line: string | undefined) => line?.slice(0, 100) ?? "nothing";
    throw new Error(`Line ${i + 1} is ${start(found[i])}, expected ${start(expected[i])}`);
  }
}

const passed = { passed: 1, failed: 0, skipped: 0 };

export const arm64: Acceptance = {
  name: "arm64",
  summary: "the executable for arm64 starts under qemu-user and exports a file, without the sensor",
  description: `Installs Debian's qemu-user-static and arm64 C library where they are missing, builds dist/tetrad-linux-arm64
(Bun's runtime for arm64 comes from the npm registry), and runs it on an emulated processor. Takes about a minute.`,
  async run(say) {
    const qemu = install(say);
    say("building dist/tetrad-linux-arm64");
    const build = Bun.spawnSync([process.execPath, `${ROOT}scripts/build.ts`, "--target=bun-linux-arm64"], {
      stdout: 2,
      stderr: "inherit",
    });
    if (build.exitCode !== 0) throw new Error("Cannot build dist/tetrad-linux-arm64");
    const directory = mkdtempSync(join(tmpdir(), "tetrad-arm64-"));
    try {
      return [
        await timed("arm64: version", say, async () => {
          const text = await runOn(qemu, ["--version"]);
          if (!text.includes("arm64")) throw new Error(`No "arm64" in the version: ${text}`);
          return passed;
        }),
        await timed("arm64: a file to another file", say, async () => {
          const output = join(directory, "out.jsonl");
          await runOn(qemu, [
            `--event-source=file:${EVENTS}`,
            "--from-beginning",
            "--exit-at-end",
            `--export-filename=${output}`,
            "--export-metadata",
          ]);
          const lines = async (path: string) => (await Bun.file(path).text()).trimEnd().split("\n");
          const [first = "", ...events] = await lines(output);
          if (JSON.parse(first).event !== "agent_init") throw new Error(`No agent_init first: ${first}`);
          expectEqual(events, await lines(EVENTS));
          return passed;
        }),
      ];
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
