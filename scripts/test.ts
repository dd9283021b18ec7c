/**
 * `npm test [-- PATH...]`: builds the executable, runs the unit and end-to-end tests, and ends with the line
 * `N passed, N failed, N skipped`. With `--machine` the tests that need another kernel follow, in a virtual machine.
 */

import { TEST_TIMEOUT_MS } from "../test/harness/test-timeout.ts";
import { readCounts, type TestCounts, testInMachine } from "../test/vm/machine.ts";
import { machineTests } from "./acceptance/kernels.ts";

const root = new URL("..", import.meta.url).pathname;
/** A run that takes longer hangs. */
const RUN_TIMEOUT_MS = 16 * 60_000;

/** The kernel of `--machine`, and how long all its tests may take, seconds. */
const MACHINE = { kernel: "6.1", timeoutSeconds: 10 * 60 };

const isMachineAsked = process.argv.includes("--machine");
const paths = process.argv.slice(2).filter((argument) => argument !== "--machine");

/** Runs what needs another kernel. */
async function testOnOtherKernel(): Promise<TestCounts> {
  const files = await machineTests();
  console.error(`\n${files.length} files on Linux ${MACHINE.kernel}, in a virtual machine`);
  return testInMachine(files, { ...MACHINE, isShown: true });
}

const build = Bun.spawnSync([process.execPath, `${root}scripts/build.ts`], {
  stdout: "inherit",
  stderr: "inherit",
});
if (build.exitCode !== 0) process.exit(build.exitCode);

const tests = Bun.spawn([process.execPath, "test", `--timeout=${TEST_TIMEOUT_MS}`, ...paths], {
  cwd: root,
  stdin: "ignore",
  stdout: "inherit",
  stderr: "pipe",
  timeout: RUN_TIMEOUT_MS,
  killSignal: "SIGKILL",
});
let tail = "";
const decoder = new TextDecoder();
for await (const chunk of tests.stderr) {
  process.stderr.write(chunk);
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4096);
}
await tests.exited;

const isKilled = tests.signalCode !== null;
if (isKilled)
  console.error(
    `The tests were ended by ${tests.signalCode}: they hang after ${RUN_TIMEOUT_MS / 60_000} minutes`,
  );
const counts = readCounts(tail);
const machine = isMachineAsked ? await testOnOtherKernel() : { passed: 0, failed: 0, skipped: 0 };
const passed = counts.passed + machine.passed;
const failed = counts.failed + machine.failed + (isKilled ? 1 : 0);
const skipped = counts.skipped + machine.skipped;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(tests.exitCode === 0 && failed === 0 ? 0 : 1);
