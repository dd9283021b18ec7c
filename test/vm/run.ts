/**
 * Runs test files, or a command, on another kernel:
 *
 *   bun test/vm/run.ts 6.1 test/kernel/program/builder.test.ts
 *   bun test/vm/run.ts 5.10 -- dist/tetrad doctor
 *
 * The exit code is the command's.
 */
import { runInMachine, SERIES, testInMachine } from "./machine.ts";

const [kernel, ...rest] = process.argv.slice(2);
if (kernel === undefined || rest.length === 0) {
  console.error(`Usage: bun test/vm/run.ts SERIES TEST-FILE... | SERIES -- COMMAND...

SERIES is ${SERIES.join(", ")} or another that Debian has; test/vm/kernel-vm --help says more.`);
  process.exit(2);
}
/** An hour: whoever runs one file by hand decides when it has been enough. */
const settings = { kernel, timeoutSeconds: 3600, isShown: true };
const run =
  rest[0] === "--"
    ? await runInMachine({ ...settings, command: rest.slice(1) })
    : await testInMachine(rest, settings);
process.exit(run.exitCode);
