/**
 * @module Before every run of the tests (`bunfig.toml`): seeds what is random, gives tests their time, and fails a run
 * that leaves descriptors open.
 */
import { afterAll, afterEach, setDefaultTimeout } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { OpenDescriptors } from "./descriptors.ts";
import { createRandom, readSeed } from "./seed.ts";
import { TEST_TIMEOUT_MS } from "./test-timeout.ts";

const seed = readSeed();
console.error(`Random numbers come from TETRAD_TEST_SEED=${seed}`);
Math.random = createRandom(seed);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

// Holds for the first file of a run alone: `npm test` and virtual machines, which are slower, say it with `--timeout`,
// which this would override.
if (!readFileSync("/proc/self/cmdline", "utf8").includes("\0--timeout")) setDefaultTimeout(TEST_TIMEOUT_MS);

/** How long what is closed in the background may take, milliseconds. */
const SETTLE_MS = 2000;
const POLL_MS = 20;

// Bun opens a pipe for itself when it first waits for a process in this way.
Bun.spawnSync(["true"]);
const descriptors = new OpenDescriptors();
afterEach(() => descriptors.look(Bun.main));
afterAll(async () => {
  descriptors.look(Bun.main);
  const deadline = performance.now() + SETTLE_MS;
  while (descriptors.leaked().length > 0 && performance.now() < deadline) {
    // What nobody holds any more is closed by the collector.
    Bun.gc(true);
    await Bun.sleep(POLL_MS);
  }
  const leaked = descriptors.leaked();
  if (leaked.length > 0) throw new Error(`Descriptors were left open:\n${leaked.join("\n")}`);
});
