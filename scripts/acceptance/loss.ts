/** @module A million datagrams through a network that drops one in a hundred: what `tetrad listen` says was lost. */
import { testFile } from "./acceptance.ts";

const PEERS = new URL("../ci/peers.sh", import.meta.url).pathname;

export const loss = testFile(
  {
    name: "loss",
    summary: "1,000,000 datagrams through a namespace that drops 1 %: what listen counts as lost",
    description: `Installs Debian's nftables where it is missing, and runs test/e2e/loss.test.ts with 1,000,000 datagrams, as
root. Takes about 20 seconds.`,
  },
  {
    file: "test/e2e/loss.test.ts",
    env: { TETRAD_TEST_DATAGRAMS: "1000000" },
    prepare() {
      if (Bun.which("nft") === null) Bun.spawnSync([PEERS], { stdout: 2, stderr: "inherit" });
      if (Bun.which("nft") === null || process.getuid?.() !== 0)
        throw new Error("Cannot count losses: it needs root and nft");
    },
  },
);
