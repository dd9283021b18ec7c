/** @module The recorded figures, measured anew. */
import { type Acceptance, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

export const instructions: Acceptance = {
  name: "instructions",
  summary: "instructions, size and idle memory of dist/tetrad against test/figures/figures.json",
  description: `Builds dist/tetrad, installs what the virtual machine needs (see "kernels"), and does what
npm run figures -- --check does. Takes two to five minutes.`,
  async run(say) {
    const outcome = await timed("figures", say, async () => {
      for (const script of [["scripts/build.ts"], ["scripts/figures/main.ts", "--check"]]) {
        const { exitCode } = Bun.spawnSync([process.execPath, ...script], {
          cwd: ROOT,
          stdin: "ignore",
          stdout: "inherit",
          stderr: "inherit",
        });
        if (exitCode !== 0) return { passed: 0, failed: 1, skipped: 0 };
      }
      return { passed: 1, failed: 0, skipped: 0 };
    });
    return [outcome];
  },
};
