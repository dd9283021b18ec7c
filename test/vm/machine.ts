/**
 * @module Runs a command, or test files, on another kernel: in a virtual machine that sees this host's files
 * (`kernel-vm`, whose `--help` says what is where in it).
 */
import { relative } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
const KERNEL_VM = new URL("kernel-vm", import.meta.url).pathname;

/** The kernels that Debian 11, 12 and 13 have: what `npm run acceptance -- kernels` runs on. */
export const SERIES = ["5.10", "6.1", "6.12"] as const;

/** How long a test may take in the machine, milliseconds: emulated, a program starts some fifty times slower. */
const TEST_TIMEOUT_MS = 600_000;
/** What `kernel-vm` adds to the machine's own time before it gives up, seconds. */
const DEFAULT_TIMEOUT_SECONDS = 600;

/** What a machine is to do. */
export interface MachineSettings {
  /** Series of the kernel: `6.1`. */
  readonly kernel: string;
  readonly command: readonly string[];
  /** Seconds until the machine is ended. @default 600 */
  readonly timeoutSeconds?: number;
  /** Every clock counts executed instructions: a nanosecond each. @default false */
  readonly countsInstructions?: boolean;
  /** Directories below /tmp, /var/tmp or /run that are to be seen, besides the checkout. */
  readonly shared?: readonly string[];
  /** A directory of this host that is `/scratch` in the machine, writable. */
  readonly scratch?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Further options of `kernel-vm`. */
  readonly options?: readonly string[];
  /** Show what the command writes as it comes, on standard error. @default false */
  readonly isShown?: boolean;
}

/** What came of it. */
export interface MachineRun {
  /** The command's own; 124 after the time-out, 125 when there was no machine. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function collect(stream: ReadableStream<Uint8Array>, isShown: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (isShown) process.stderr.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Runs a command as root on a kernel and waits for its end. The first use of a series downloads its kernel. */
export async function runInMachine(settings: MachineSettings): Promise<MachineRun> {
  const { kernel, command, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, isShown = false } = settings;
  const child = Bun.spawn(
    [
      KERNEL_VM,
      `--kernel=${kernel}`,
      `--timeout=${timeoutSeconds}`,
      ...(settings.countsInstructions ? ["--icount"] : []),
      ...(settings.shared ?? []).map((path) => `--share=${path}`),
      ...(settings.scratch === undefined ? [] : [`--scratch=${settings.scratch}`]),
      ...Object.entries(settings.environment ?? {}).map(([name, value]) => `--env=${name}=${value}`),
      ...(settings.options ?? []),
      "--",
      ...command,
    ],
    { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [stdout, stderr] = await Promise.all([
    collect(child.stdout, isShown),
    collect(child.stderr, isShown),
  ]);
  return { exitCode: await child.exited, stdout, stderr };
}

/** How many tests passed, failed and were skipped. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The counts of the test runner's summary, as in ` 18 pass`; all 0 where there is none. */
export function readCounts(output: string): TestCounts {
  const count = (word: string): number =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
  return {
    passed: count("pass"),
    failed: count("fail") + count("error") + count("errors"),
    skipped: count("skip") + count("todo"),
  };
}

/** What came of test files on a kernel. */
export interface MachineTests extends MachineRun, TestCounts {}

/**
 * Runs test files on a kernel. A machine that ends early, or a run without a summary, is one failure.
 * @param files Paths in the checkout.
 * @param settings What else the machine needs; `command` follows from the files.
 */
export async function testInMachine(
  files: readonly string[],
  settings: Omit<MachineSettings, "command">,
): Promise<MachineTests> {
  // With "./" a file is run whatever its name, without it the name would be a pattern.
  const paths = files.map((file) => `./${relative(ROOT, new URL(file, `file://${ROOT}`).pathname)}`);
  const run = await runInMachine({
    ...settings,
    command: ["bun", "test", `--timeout=${TEST_TIMEOUT_MS}`, ...paths],
  });
  const counts = readCounts(run.stderr);
  const isCut = run.exitCode !== 0 && counts.failed === 0;
  return { ...run, ...counts, failed: counts.failed + (isCut ? 1 : 0) };
}
