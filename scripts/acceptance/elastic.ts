/** @module Elasticsearch's side of it, on a real OpenSearch: setup, pipeline, every query and chart, check, the pictures of the docs. */
import { type Acceptance, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FILES = ["test/elastic", "test/integrations/elastic-package.test.ts", "test/e2e/elastic.test.ts"];

export const elastic: Acceptance = {
  name: "elastic",
  summary: "tetrad elastic on a real OpenSearch: setup, pipeline, every query and chart, check",
  description: `Fetches OpenSearch 2.19 from Maven Central where it is not there (50 MB; needs Java 17 and Maven), runs
${FILES.join(", ")}, and draws the charts of docs/kibana.md from what the index answers
into .tmp/charts. As root it also checks the way from the sensor into the index. Takes about three minutes.`,
  async run(say) {
    const run = (name: string, command: readonly string[]) =>
      timed(name, say, async () => {
        const { exitCode } = Bun.spawnSync([process.execPath, ...command], {
          cwd: ROOT,
          env: { ...process.env, TETRAD_FETCH_PEERS: "1" },
          stdout: 2,
          stderr: "inherit",
        });
        return { passed: Number(exitCode === 0), failed: Number(exitCode !== 0), skipped: 0 };
      });
    return [
      await run("build", ["scripts/build.ts"]),
      await run("tests", ["test", "--timeout=120000", ...FILES]),
      await run("charts", ["scripts/elastic/charts.ts", "--output=.tmp/charts"]),
    ];
  },
};
