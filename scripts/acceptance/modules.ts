/** @module Exporter modules that misbehave in every way there is. */
import { type Acceptance, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FILE = "./test/e2e/module.acceptance.ts";

export const modules: Acceptance = {
  name: "modules",
  summary: "exporter modules that throw, end, loop, eat memory and lie, one agent each",
  description: `Runs dist/tetrad with a module that misbehaves at one event, in each way there is: the others are exported, that one is a dead
letter, and UDP has all of them. Takes half a minute.`,
  async run(say) {
    const outcome = await timed("exporter modules", say, async () => {
      const command = [process.execPath, "test", "--timeout=120000", FILE];
      const { exitCode } = Bun.spawnSync(command, { cwd: ROOT, stdout: 2, stderr: "inherit" });
      return { passed: Number(exitCode === 0), failed: Number(exitCode !== 0), skipped: 0 };
    });
    return [outcome];
  },
};
