/** @module What the sensor has to watch: processes in a PID namespace of the benchmark's own. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { WORK_DIRECTORY } from "./fixture.ts";
import { programPath } from "./native.ts";

const PATIENCE_MS = 60_000;
const POLL_MS = 10;

/** Waits until `condition` holds. @throws Error when it does not in time. */
export async function waitFor(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`Cannot measure the sensor: waited in vain until ${what}`);
    await Bun.sleep(POLL_MS);
  }
}

/** What one run of a load took, in seconds. */
export interface LoadTime {
  /** Of all its processes. */
  readonly cpu: number;
  readonly wall: number;
  /** Processes; 0 where the load does not count them. */
  readonly processes: number;
}

/** A PID namespace that lasts as long as its first process, which sleeps. */
export class LoadNamespace implements AsyncDisposable {
  /** Its first process, by the host's number. */
  readonly pid: number;
  readonly #keeper: Bun.Subprocess;

  private constructor(keeper: Bun.Subprocess, pid: number) {
    this.#keeper = keeper;
    this.pid = pid;
  }

  static async create(): Promise<LoadNamespace> {
    const keeper = Bun.spawn(
      ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "sleep", "100000"],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const first = (): string =>
      readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, "latin1").trim();
    await waitFor(
      () => first() !== "" && readFileSync(`/proc/${first()}/comm`, "latin1") === "sleep\n",
      "the namespace stands",
    );
    return new LoadNamespace(keeper, Number(first()));
  }

  /** Inode number: the kernel's name for it. */
  get inode(): number {
    return statSync(`/proc/${this.pid}/ns/pid`).ino;
  }

  /** For `--sensor-scope`. */
  get scope(): string {
    return `pidns:${this.pid}`;
  }

  /** The command that runs `command` in it. */
  enter(command: readonly string[]): string[] {
    return ["nsenter", "-t", String(this.pid), "-p", ...command];
  }

  /** Runs a command in it to the end. @throws Error when it fails. */
  async run(command: readonly string[]): Promise<LoadTime> {
    const began = performance.now();
    const child = Bun.spawn(this.enter(command), { stdio: ["ignore", "pipe", "inherit"] });
    const text = await new Response(child.stdout).text();
    const code = await child.exited;
    const wall = (performance.now() - began) / 1000;
    if (code !== 0) throw new Error(`Cannot measure the sensor: "${command.join(" ")}" ended with ${code}`);
    const counted = /^(\d+) (\d+) \d+\n$/.exec(text);
    return {
      cpu: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6,
      wall: counted === null ? wall : Number(counted[2]) / 1e9,
      processes: Number(counted?.[1] ?? 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keeper.kill("SIGKILL");
    await this.#keeper.exited;
  }
}

/** Something to run with the sensor off and on. */
export interface Load {
  readonly id: string;
  readonly label: string;
  readonly command: readonly string[];
}

/** Workers that start /bin/true `count` times each. */
export function execLoad(workers: number, count: number): Load {
  return {
    id: `exec-${workers}`,
    label: `/bin/true, ${workers === 1 ? "a loop" : `${workers} loops`}`,
    command: [programPath("spawn"), "loop", String(workers), String(count), "0", "/bin/true"],
  };
}

const BUILD_DIRECTORY = `${WORK_DIRECTORY}build/`;

/** A build of `files` C files by `make -j2`, from nothing. */
export function buildLoad(files: number): Load {
  rmSync(BUILD_DIRECTORY, { recursive: true, force: true });
  mkdirSync(BUILD_DIRECTORY, { recursive: true });
  const names = Array.from({ length: files }, (_, i) => `file${i}`);
  for (const name of names) {
    writeFileSync(
      `${BUILD_DIRECTORY}${name}.c`,
      `#include <stdio.h>\n#include <string.h>\nint ${name}(const char *text) { return printf("%zu\\n", strlen(text)); }\n`,
    );
  }
  writeFileSync(
    `${BUILD_DIRECTORY}Makefile`,
    `all: ${names.map((name) => `${name}.o`).join(" ")}\n%.o: %.c\n\t@gcc -O2 -c -o $@ $<\n`,
  );
  return {
    id: "build",
    label: `make -j2, ${files} files`,
    command: ["make", "-s", "-B", "-j2", "-C", BUILD_DIRECTORY, "all"],
  };
}
