/**
 * `npm test [-- PATH...]`: builds the executable, runs the unit and end-to-end tests, and ends with the line
 * `N passed, N failed, N skipped`.
 */
const root = new URL("..", import.meta.url).pathname;
/** Above a test's deadlines (20 s), so that one that gives up says what it waited for. */
const TEST_TIMEOUT_MS = 30_000;
/** A run that takes longer hangs. */
const RUN_TIMEOUT_MS = 12 * 60_000;

const build = Bun.spawnSync([process.execPath, `${root}scripts/build.ts`], {
  stdout: "inherit",
  stderr: "inherit",
});
if (build.exitCode !== 0) process.exit(build.exitCode);

const tests = Bun.spawn(
  [process.execPath, "test", `--timeout=${TEST_TIMEOUT_MS}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
    timeout: RUN_TIMEOUT_MS,
    killSignal: "SIGKILL",
  },
);
let tail = "";
const decoder = new TextDecoder();
for await (const chunk of tests.stderr) {
  process.stderr.write(chunk);
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4096);
}
await tests.exited;

/** The runner's own count, in its summary: ` 1811 pass`. */
function count(word: string): number {
  return Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(tail)?.[1] ?? 0);
}

const isKilled = tests.signalCode !== null;
if (isKilled)
  console.error(
    `The tests were ended by ${tests.signalCode}: they hang after ${RUN_TIMEOUT_MS / 60_000} minutes`,
  );
const failed = count("fail") + count("error") + count("errors") + (isKilled ? 1 : 0);
console.log(`${count("pass")} passed, ${failed} failed, ${count("skip")} skipped`);
process.exit(tests.exitCode ?? 1);
