/** @module Runs the sensor in a test, watching nothing but processes which the test starts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { createConsola } from "consola";
import { type SensorSettings, SensorSource } from "../../../src/source/sensor/index.ts";
import { cgroup2Mount } from "../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import { DEADLINE_FACTOR } from "../../vm/slow.ts";

/** A process in an event. */
export interface EventProcess {
  readonly exec_id: string;
  readonly pid: number;
  readonly uid: number;
  readonly cwd: string;
  readonly binary: string;
  readonly arguments?: string;
  readonly flags: string;
  readonly start_time: string;
  readonly parent_exec_id: string;
  readonly refcnt: number;
  readonly tid: number;
  readonly [name: string]: unknown;
}

/** What `process_exec` and `process_exit` hold. */
export interface ProcessEvent {
  readonly process: EventProcess;
  readonly parent?: EventProcess;
  readonly ancestors?: readonly EventProcess[];
  readonly signal?: string;
  readonly status?: number;
  readonly time?: string;
}

/** Events as they came. */
export interface SensorEvent {
  readonly process_exec?: ProcessEvent;
  readonly process_exit?: ProcessEvent;
  readonly process_tracepoint?: ProcessEvent & { readonly [name: string]: unknown };
  readonly node_name: string;
  readonly time: string;
}

const DEADLINE = 30_000 * DEADLINE_FACTOR;
const POLL_INTERVAL = 10;

/** Waits until `condition` holds. @throws Error when it does not in time. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await Bun.sleep(POLL_INTERVAL);
  }
}

/** A sensor that runs and keeps its events. */
export class RunningSensor implements AsyncDisposable {
  readonly events: SensorEvent[] = [];
  /** What it logged. */
  readonly messages: string[] = [];
  readonly counters = createCounters();
  readonly source: SensorSource;
  readonly #run: Promise<void>;
  readonly #text = new TextDecoder();
  #isWatching = false;

  private constructor(settings: Omit<SensorSettings, "nodeName">) {
    const log = createConsola({
      level: 3,
      reporters: [{ log: ({ args }) => this.#logged(args.join(" ")) }],
    });
    const sink = {
      write: () => undefined,
      offer: (batch: import("../../../src/event/batch.ts").EventBatch) => {
        batch.makeText();
        for (let i = 0; i < batch.count; i++) this.events.push(JSON.parse(this.#text.decode(batch.line(i))));
      },
    };
    this.source = new SensorSource({ nodeName: "test", ...settings }, { sink, counters: this.counters, log });
    this.#run = this.source.start().then(() => this.source.run());
  }

  #logged(message: string): void {
    this.messages.push(message);
    if (message.startsWith("Sensor watches")) this.#isWatching = true;
  }

  /** Starts a sensor and waits until it watches. */
  static async start(settings: Omit<SensorSettings, "nodeName"> & { scope: string }): Promise<RunningSensor> {
    const sensor = new RunningSensor(settings);
    let failure: unknown;
    sensor.#run.catch((error) => {
      failure = error;
    });
    await until(() => sensor.#isWatching || failure !== undefined, "the sensor watches");
    if (failure !== undefined) throw failure;
    return sensor;
  }

  get execs(): ProcessEvent[] {
    return this.events.flatMap((event) => event.process_exec ?? []);
  }

  get exits(): ProcessEvent[] {
    return this.events.flatMap((event) => event.process_exit ?? []);
  }

  /** Settles when the sensor has ended. */
  get ended(): Promise<void> {
    return this.#run;
  }

  /** Waits until all events before this were read, and ends the sensor. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop(new AbortController().signal);
    await this.#run;
  }
}

/** A place for a test's processes that nothing else is in. */
export interface Enclosure extends AsyncDisposable {
  /** For `--sensor-scope`. */
  readonly scope: string;
  /** Runs a command in it and returns its output, when it has ended. */
  run(command: readonly string[], options?: { readonly cwd?: string }): Promise<string>;
}

async function output(command: readonly string[], cwd: string | undefined): Promise<string> {
  const child = Bun.spawn([...command], {
    stdout: "pipe",
    stderr: "inherit",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const text = await new Response(child.stdout).text();
  await child.exited;
  return text;
}

/** A PID namespace, kept by its first process: one that sleeps, or runs the command. */
export async function createPidNamespace(command = ["sleep", "1000"]): Promise<Enclosure> {
  const keeper = Bun.spawn(
    ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", ...command],
    {
      stdio: ["ignore", "ignore", "ignore"],
    },
  );
  const children = `/proc/${keeper.pid}/task/${keeper.pid}/children`;
  const init = (): string => readFileSync(children, "latin1").trim();
  const name = basename(command[0]!);
  await until(
    () => init() !== "" && readFileSync(`/proc/${init()}/comm`, "latin1").startsWith(name),
    "the namespace has its first process",
  );
  const pid = init();
  return {
    scope: `pidns:${pid}`,
    run: (command, options) => output(["nsenter", "-t", pid, "-p", ...command], options?.cwd),
    async [Symbol.asyncDispose]() {
      keeper.kill("SIGKILL");
      await keeper.exited;
    },
  };
}

/** Removes a cgroup from which the last process has gone, which the kernel may find out a moment later. */
export async function removeEmptyCgroup(directory: string): Promise<void> {
  await until(() => {
    try {
      rmdirSync(directory);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
      throw error;
    }
  }, "the cgroup is empty");
}

/** Removes a cgroup and those below it, which must be empty. */
function removeCgroup(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(directory, entry.name));
  }
  rmdirSync(directory);
}

let cgroupCount = 0;

/** A cgroup that a test may remove and make again. */
export interface CgroupEnclosure extends Enclosure {
  /** Its directory. */
  readonly path: string;
}

/** A cgroup of the v2 hierarchy. */
export async function createCgroup(): Promise<CgroupEnclosure> {
  const mount = cgroup2Mount();
  if (mount === undefined) throw new Error("No cgroup v2 hierarchy is mounted");
  const directory = join(mount, `tetrad-test-${process.pid}-${cgroupCount++}`);
  mkdirSync(directory);
  return {
    scope: `cgroup:${directory}`,
    path: directory,
    run: (command, options) =>
      output(["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', directory, ...command], options?.cwd),
    async [Symbol.asyncDispose]() {
      if (!existsSync(directory)) return;
      for (const pid of readFileSync(join(directory, "cgroup.procs"), "latin1").split("\n").filter(Boolean)) {
        process.kill(Number(pid), "SIGKILL");
      }
      await until(
        () => readFileSync(join(directory, "cgroup.procs"), "latin1") === "",
        "the cgroup is empty",
      );
      removeCgroup(directory);
    },
  };
}
