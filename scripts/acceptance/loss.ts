/** @module A million datagrams through a network that drops one in a hundred: what `tetrad listen` says was lost. */
import { type Acceptance, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

export const loss: Acceptance = {
  name: "loss",
  summary: "1,000,000 datagrams through a namespace that drops 1 %: what listen counts as lost",
  description: `Installs Debian's nftables where it is missing, and runs test/e2e/loss.test.ts with 1,000,000 datagrams, as
root. Takes about 20 seconds.`,
  async run(say) {
    const outcome = await timed("loss", say, async () => {
      if (Bun.which("nft") === null)
        Bun.spawnSync([`${ROOT}scripts/ci/peers.sh`], { stdout: 2, stderr: "inherit" });
      if (Bun.which("nft") === null || process.getuid?.() !== 0)
        throw new Error("Cannot count losses: it needs root and nft");
      const { exitCode } = Bun.spawnSync([process.execPath, "test", "test/e2e/loss.test.ts"], {
        cwd: ROOT,
        env: { ...process.env, TETRAD_TEST_DATAGRAMS: "1000000" },
        stdout: 2,
        stderr: "inherit",
      });
      return { passed: Number(exitCode === 0), failed: Number(exitCode !== 0), skipped: 0 };
    });
    return [outcome];
  },
};
