/** @module Ten million mutated lines: whether the scanner is sure of one that the schemas refuse. */
import { type Acceptance, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

export const scan: Acceptance = {
  name: "scan",
  summary: "10,000,000 mutated lines: the scanner is sure only where JSON.parse and the schemas agree",
  description: `Runs test/event/scan/soundness.test.ts with 10,000,000 mutated lines, from another seed each time; TETRAD_TEST_SEED
repeats one. Takes about three minutes.`,
  async run(say) {
    const outcome = await timed("scan", say, async () => {
      const { exitCode } = Bun.spawnSync([process.execPath, "test", "test/event/scan/soundness.test.ts"], {
        cwd: ROOT,
        env: { ...process.env, TETRAD_TEST_MUTATED_LINES: "10000000" },
        stdout: 2,
        stderr: "inherit",
      });
      return { passed: Number(exitCode === 0), failed: Number(exitCode !== 0), skipped: 0 };
    });
    return [outcome];
  },
};
