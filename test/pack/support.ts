/** @module What the tests of the self-contained executable share: packed programs and roots that hold one file. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectLicenses } from "../../scripts/pack/licenses.ts";
import { packSelfContained } from "../../scripts/pack/pack.ts";
import { readLicenses } from "../../src/install/licenses.ts";
import type { ProbeReport } from "./probe.ts";

const root = join(import.meta.dir, "../..");
/** A user that owns nothing: Debian's nobody. */
export const NOBODY = 65534;
/** Where the host's tools are. */
export const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
export const isRoot = process.getuid?.() === 0;

let scratch: string | undefined;

/** A directory for the whole test run, on the disk: executables are 110 MB each. */
export function scratchDirectory(): string {
  if (scratch === undefined) {
    const directory = mkdtempSync(join(tmpdir(), "tetrad-pack-"));
    // The test runner ends without an event, and several files share the directory: what removes it waits for the end
    // of this process, however that comes.
    const remove = ["sh", "-c", 'while [ -d "/proc/$PPID" ]; do sleep 1; done; rm -rf "$0"', directory];
    Bun.spawn(remove, { env: { PATH: SYSTEM_PATH }, stdio: ["ignore", "ignore", "ignore"] }).unref();
    scratch = directory;
  }
  return scratch;
}

const made = new Map<string, string>();

function once(name: string, make: (output: string) => void): string {
  let path = made.get(name);
  if (path === undefined) {
    path = join(scratchDirectory(), name);
    make(path);
    made.set(name, path);
  }
  return path;
}

/** The probe as `bun build --compile` makes it. */
export function plainProbe(target?: "bun-linux-arm64"): string {
  return once(`probe-${target ?? "host"}`, (output) => {
    const flags = [
      "--compile",
      "--minify",
      "--bytecode",
      "--format=esm",
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      ...(target === undefined ? [] : [`--target=${target}`]),
    ];
    const source = join(import.meta.dir, "probe.ts");
    const build = Bun.spawnSync([process.execPath, "build", ...flags, source, `--outfile=${output}`], {
      cwd: scratchDirectory(),
      stderr: "pipe",
    });
    if (build.exitCode !== 0) throw new Error(`Cannot compile the probe: ${build.stderr.toString()}`);
  });
}

/** The probe, packed. */
export function packedProbe(target?: "bun-linux-arm64"): string {
  return once(`probe-${target ?? "host"}-packed`, (output) => {
    packSelfContained({ input: plainProbe(target), output, licenses: "Licences of the probe" });
  });
}

/** `dist/tetrad`, packed with its licences unless it is already. `npm test` builds it. */
export function packedTetrad(): string {
  return once("tetrad", (output) => {
    const input = join(root, "dist/tetrad");
    if (!existsSync(input)) throw new Error("Cannot find dist/tetrad: run npm run build first");
    if (readLicenses(input) === undefined)
      packSelfContained({ input, output, licenses: collectLicenses(input) });
    else copyFileSync(input, output);
  });
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, at most 100 seconds. The environment and standard input are empty unless given. */
export function run(command: string[], env: Record<string, string> = {}, input = "/dev/null"): Ended {
  const ended = Bun.spawnSync(command, { env, stdin: Bun.file(input), timeout: 100_000 });
  return {
    code: ended.exitCode,
    signal: ended.signalCode?.toString(),
    stdout: ended.stdout.toString(),
    stderr: ended.stderr.toString(),
  };
}

/** The probe's report. Throws with what it said when it failed. */
export function report(ended: Ended): ProbeReport {
  if (ended.code !== 0) throw new Error(`The probe failed: ${JSON.stringify(ended)}`);
  return JSON.parse(ended.stdout) as ProbeReport;
}

/** How {@link runInRoot} sets the stage. */
export interface RootSettings {
  /** What else is in the root; the directory is not changed beyond two mount points. @default nothing */
  readonly userland?: string;
  /** Numeric user and group. @default 0 */
  readonly user?: number;
  /** Whether /proc is mounted. @default true */
  readonly proc?: boolean;
}

/**
 * Runs `/tetrad` by chroot in a read-only root that holds this file, and a /proc, and nothing else unless a userland
 * is given; in mount, process and network namespaces of its own, with loopback up. All of it is gone with the
 * process. Needs root.
 */
export function runInRoot(executable: string, args: string[], settings: RootSettings = {}): Ended {
  const { userland, user = 0, proc = true } = settings;
  const directory = userland ?? mkdtempSync(join(scratchDirectory(), "root-"));
  mkdirSync(join(directory, "proc"), { recursive: true });
  writeFileSync(join(directory, "tetrad"), "");
  chmodSync(directory, 0o755);
  const script = `
    ip link set lo up
    mount --bind "$0" "$0"
    mount --bind "$1" "$0/tetrad"
    mount -o remount,bind,ro "$0"
    mount -o remount,bind,ro "$0/tetrad"
    ${proc ? 'mount -t proc proc "$0/proc"' : ""}
    shift
    exec chroot --userspec=${user}:${user} "$0" /tetrad "$@"`;
  const namespaces = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"];
  try {
    return run([...namespaces, "sh", "-ec", script, directory, executable, ...args], { PATH: SYSTEM_PATH });
  } finally {
    if (userland === undefined) rmSync(directory, { recursive: true });
  }
}

/** Says why tests are skipped, once a reason: a skip must be seen. */
export function missing(tools: readonly string[], { root: needsRoot = false } = {}): boolean {
  const absent = tools.filter((tool) => Bun.which(tool) === null);
  const reasons = [...(needsRoot && !isRoot ? ["root"] : []), ...absent];
  if (reasons.length > 0)
    console.warn(`SKIPPED: tests of the self-contained executable need ${reasons.join(", ")}`);
  return reasons.length > 0;
}
