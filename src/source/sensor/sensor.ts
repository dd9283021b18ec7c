/** @module The native sensor as a source: loads the programs, reads their records, hands events on. */

import type { ProgramSpec } from "../../kernel/attach/index.ts";
import { KernelTypes, readKernelBtf, VMLINUX_BTF } from "../../kernel/btf/index.ts";
import { KernelObject } from "../../kernel/loader/index.ts";
import { RECORD_HEADER_SIZE, type RecordHandler, RingBuffer } from "../../kernel/ringbuf/index.ts";
import { capabilitySet, readProcessPrivileges } from "../../os/capability.ts";
import { TetradError } from "../../os/error.ts";
import { Mapping, PAGE_SIZE, PROT } from "../../os/mapping.ts";
import { CLOCK, clockNanoseconds } from "../../os/system-call.ts";
import { Running } from "../running.ts";
import type { Source, SourceSettings } from "../source.ts";
import { tick } from "../tick.ts";
import { Wake } from "../wake.ts";
import { Collector } from "./collector.ts";
import { CountWarning } from "./count-warning.ts";
import { BootClock } from "./event/clock.ts";
import { EventEnvelope } from "./event/envelope.ts";
import { EventWriter } from "./event/event-writer.ts";
import { checkSensorPaths } from "./obstacle.ts";
import {
  connectProgram,
  createRecordViews,
  execProgram,
  execRecord,
  exitProgram,
  forkProgram,
  NETWORK_HOOK,
  networkMaps,
  networkProgram,
  RECORD_KIND,
  type RecordViews,
  type Scope,
  SENSOR_HOOKS,
  SENSOR_MAPS,
  sensorMaps,
} from "./probe/index.ts";
import { SocketTracker } from "./probe/tcp/tracker.ts";
import { ImagePool } from "./process/image-pool.ts";
import { MetadataWriter } from "./process/metadata.ts";
import { ProcessTable } from "./process/process-table.ts";
import { ProcessTracker } from "./process/tracker.ts";
import { type ProcfsProcess, scanProcesses } from "./procfs/procfs.ts";
import { readEarlyRecords, runningAtStart } from "./procfs/startup.ts";
import { missingFeature, probeKernel } from "./requirement.ts";
import { containerHierarchy } from "./scope/cgroup-hierarchy.ts";
import { cgroup2Mount } from "./scope/scope.ts";
import { type ScopeChange, WatchedScope } from "./scope/watched-scope.ts";
import type { SensorSettings } from "./settings.ts";

const DEFAULT_RING_SIZE = 1 << 22;
/** More than twice the longest record, and the largest page of any Linux. */
const SMALLEST_RING_SIZE = 1 << 16;
const DEFAULT_CACHE_SIZE = 65536;
/** An exec record with everything at its longest, and its header in the ring. */
const LONGEST_RECORD = execRecord.maxSize + RECORD_HEADER_SIZE;
/** Records between two looks at whether the sink wants the source to wait. An event or none comes of each. */
const RECORDS_AT_ONCE = 128;
/** Milliseconds between looks at the ring. Timers are late by one or two; with them, an event waits 20 at most. */
const PAUSE = 16;
/** Milliseconds between looks at lost records, the wall clock and `/etc/passwd`. */
const HOUSEKEEPING_INTERVAL = 1000;
/** Milliseconds between warnings of the same kind. */
const WARNING_INTERVAL = 10_000;

/** What is loaded and opened at the start. */
interface LoadedKernel {
  readonly scope: WatchedScope | undefined;
  readonly object: KernelObject;
  readonly ring: RingBuffer;
  readonly ringSize: number;
  readonly views: RecordViews;
  /** Tells the programs the number of the scope's cgroup. */
  readonly setScope: () => void;
  /** What ran before the programs were attached, and when they were: nanoseconds since boot. */
  readonly before: readonly ProcfsProcess[];
  readonly attached: bigint;
}

/** The native sensor. */
export class SensorSource implements Source {
  readonly name = "sensor";
  readonly #settings: SensorSettings;
  readonly #output: SourceSettings;
  readonly #procfs: string;
  readonly #ended = new AbortController();
  readonly #clock = new BootClock();
  readonly #writer: EventWriter;
  readonly #table: ProcessTable;
  readonly #tracker: ProcessTracker;
  readonly #sockets: SocketTracker;
  readonly #lossWarning: CountWarning;
  readonly #evictionWarning: CountWarning;
  readonly #running = new Running(() => this.#opened?.dispose());
  #kernel: LoadedKernel | undefined;
  #opened: DisposableStack | undefined;
  #countsLost = true;
  #misses = 0;
  readonly #collector = new Collector();
  readonly #wake = new Wake();

  constructor(settings: SensorSettings, output: SourceSettings) {
    this.#settings = settings;
    this.#output = output;
    this.#procfs = (settings.procfs ?? "/proc").replace(/\/+$/, "");
    this.#lossWarning = new CountWarning({
      interval: WARNING_INTERVAL,
      warn: (count) =>
        output.log.warn(
          `Sensor lost ${count} records: the ring buffer (--rb-size) was full, or a program was busy`,
        ),
    });
    this.#evictionWarning = new CountWarning({
      interval: WARNING_INTERVAL,
      warn: (count) =>
        output.log.warn(`Sensor forgot ${count} processes: the table (--process-cache-size) was full`),
    });
    this.#writer = new EventWriter(output);
    this.#table = new ProcessTable(
      settings.processCacheSize ?? DEFAULT_CACHE_SIZE,
      settings.ancestors === true,
    );
    const common = { table: this.#table, envelope: new EventEnvelope(settings, this.#writer, this.#clock) };
    const metadata = new MetadataWriter(settings, this.#procfs);
    this.#tracker = new ProcessTracker({ ...common, settings, procfs: this.#procfs, metadata });
    this.#sockets = new SocketTracker(common);
  }

  /** Records that found no room in the ring buffer, or whose program was at work, counted by the kernel. */
  get lost(): number {
    return this.#output.counters.lost;
  }

  /** Processes that are remembered, and those that were forgotten for want of room. */
  get processTable(): { readonly size: number; readonly evictions: number } {
    return { size: this.#table.size, evictions: this.#table.evictions };
  }

  /**
   * Loads and attaches the programs. What they record waits in the ring buffer.
   * @throws TetradError `unsupported` when the kernel or the rights do not allow it, `config` for a scope that
   * does not exist, types that are none and a procfs that is none.
   */
  async start(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    checkSensorPaths({ procfs: this.#procfs, btf: this.#settings.btf ?? "" });
    using opened = new DisposableStack();
    const { scope: name, ringBufferSize = DEFAULT_RING_SIZE, network } = this.#settings;
    const ringSize = roundRingSize(ringBufferSize, this.#output.log);
    const object = opened.use(new KernelObject());
    this.#sayingWhatIsMissing(() =>
      object.createMaps([...sensorMaps(ringSize), ...(network === true ? networkMaps() : [])]),
    );
    // What the host lacks is said first.
    const scope =
      name === undefined
        ? undefined
        : opened.use(this.#sayingWhatIsMissing(() => new WatchedScope(name, this.#procfs)));
    const ring = opened.use(new RingBuffer(object.map(SENSOR_MAPS.ring).fd, ringSize, LONGEST_RECORD));
    // Mapped, since an agent that gave its rights away may not write to maps any more.
    const scopeMemory = opened.use(
      new Mapping(object.map(SENSOR_MAPS.scope).fd, PAGE_SIZE, PROT.READ | PROT.WRITE, 0),
    );
    const scopeId = new BigUint64Array(scopeMemory.buffer, 0, 1);
    const setScope = () => {
      scopeId[0] = scope?.cgroupId ?? 0n;
    };
    const before = this.#scan(scope);
    setScope();
    this.#sayingWhatIsMissing(() => this.#attach(object, scope?.kernel));
    const attached = clockNanoseconds(CLOCK.BOOTTIME);
    this.#noteMissingRight();
    const views = createRecordViews(ring.memory);
    this.#kernel = { scope, object, ring, ringSize, views, setScope, before, attached };
    this.#opened = opened.move();
  }

  /** Runs until {@link stop}, or until nothing can be in the scope any more. */
  run(): Promise<void> {
    return this.#running.track(this.#run());
  }

  async #run(): Promise<void> {
    const kernel = this.#kernel;
    if (this.#ended.signal.aborted || kernel === undefined) return;
    const { scope, object, ring, ringSize, views, setScope, before, attached } = kernel;
    await this.#begin(kernel, before, attached);
    const handle = this.#handler(ring, views);
    let nextHousekeeping = 0;
    let change: ScopeChange = "none";
    let isOver = false;
    for (;;) {
      // Asked first: what was recorded before the stop is still read.
      const isEnding = isOver || this.#ended.signal.aborted;
      const count = ring.read(handle, RECORDS_AT_ONCE);
      this.#writer.flush();
      this.#collector.collect(this.#output.counters.bytes_read, ring.pendingBytes > ringSize / 8);
      const now = performance.now();
      if (now >= nextHousekeeping) {
        this.#keepHouse(object, now);
        nextHousekeeping = now + HOUSEKEEPING_INTERVAL;
        if (change === "none") change = scope?.look() ?? "none";
      } else if (change !== "none" && count === 0 && ring.pendingBytes === 0) {
        // All that happened in a scope that has ended was in the ring when that was seen, and has been read.
        this.#noteScope(scope!.name, change);
        if (change === "back") await this.#beginAgain(kernel, setScope);
        isOver = change === "over";
        change = "none";
        nextHousekeeping = 0;
      }
      if (count === RECORDS_AT_ONCE) {
        await tick();
        continue;
      }
      if (isEnding) break;
      await this.#wake.wait(PAUSE);
    }
    this.#keepHouse(object, Number.POSITIVE_INFINITY);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#ended.abort();
    this.#wake.signal();
    await this.#running.end(signal);
  }

  /** Begins to watch a scope that is back. */
  async #beginAgain(kernel: LoadedKernel, setScope: () => void): Promise<void> {
    const before = this.#scan(kernel.scope);
    setScope();
    await this.#begin(kernel, before, clockNanoseconds(CLOCK.BOOTTIME));
  }

  /**
   * Reports what runs already, and says what is watched.
   * @param before What ran before records were made.
   * @param attached From when on they are. Nanoseconds since boot.
   */
  async #begin(
    { scope, ring, views }: LoadedKernel,
    before: readonly ProcfsProcess[],
    attached: bigint,
  ): Promise<void> {
    const after = this.#scan(scope);
    this.#tracker.startedAt({ attached, scanned: clockNanoseconds(CLOCK.BOOTTIME) });
    if (scope === undefined) this.#tracker.kernel();
    await this.#reportRunning(runningAtStart(before, after, readEarlyRecords(ring, views)));
    this.#output.log.info(`Sensor watches ${scope?.name ?? "all processes"}`);
  }

  /** Says what has become of the scope. In one that is gone nothing runs any more. */
  #noteScope(name: string, change: ScopeChange): void {
    const { log } = this.#output;
    switch (change) {
      case "over":
        log.warn(`Sensor scope ${name} has ended: no process will be in it any more`);
        break;
      case "gone":
        log.warn(`Sensor scope ${name} is gone: waiting for another one of this name`);
        this.#table.endAll();
        break;
    }
  }

  #noteMissingRight(): void {
    const { effective } = readProcessPrivileges();
    if ((effective & capabilitySet(["CAP_SYS_PTRACE"])) !== 0n) return;
    this.#output.log.warn(
      "Sensor may not look at all processes that run already: some are reported without binary and directory; grant CAP_SYS_PTRACE",
    );
  }

  /** Attaches the programs. */
  #attach(object: KernelObject, scope: Scope | undefined): void {
    const types = new KernelTypes(readKernelBtf(this.#settings.btf || VMLINUX_BTF));
    object.attach(...this.#programs(types, scope));
    if (this.#settings.network === true) this.#attachConnect(object, types, scope);
  }

  /** Where `action` fails, says what this host lacks rather than what failed. */
  #sayingWhatIsMissing<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      const network = { ...NETWORK_HOOK, isRequired: true };
      const hooks = this.#settings.network === true ? [...SENSOR_HOOKS, network] : SENSOR_HOOKS;
      throw missingFeature(probeKernel(hooks, this.#procfs, this.#settings.btf || undefined)) ?? error;
    }
  }

  /**
   * UDP connects are seen through cgroup v2, where there is one. That takes CAP_NET_ADMIN, which nothing else
   * here does: without it everything else goes on.
   */
  #attachConnect(object: KernelObject, types: KernelTypes, scope: Scope | undefined): void {
    const root = cgroup2Mount(this.#procfs);
    if (root === undefined) {
      this.#output.log.warn("Sensor sees no UDP connects: no cgroup v2 hierarchy is mounted");
      return;
    }
    try {
      for (const family of [4, 6] as const) {
        object.attachTo(connectProgram(types, family, scope), { directory: root });
      }
    } catch (error) {
      if (!(error instanceof TetradError)) throw error;
      this.#output.log.warn(`Sensor sees no UDP connects, which takes CAP_NET_ADMIN: ${error.message}`);
    }
  }

  /** Forks last: of a process whose beginning is recorded, all that follows is, too. */
  #programs(types: KernelTypes, scope: Scope | undefined): ProgramSpec<"tp_btf">[] {
    const { credentials, namespaces, usernames, environment, network } = this.#settings;
    return [
      ...(network === true ? [networkProgram(types, scope)] : []),
      execProgram(types, {
        scope,
        credentials: credentials === true,
        namespaces: namespaces === true || usernames === true,
        environment: environment === true,
        cgroupSubsystem: containerHierarchy(this.#procfs),
      }),
      exitProgram(types, scope),
      forkProgram(types, scope),
    ];
  }

  #scan(scope: WatchedScope | undefined): ProcfsProcess[] {
    return scanProcesses(this.#procfs, (pid) => scope?.contains(pid) ?? true);
  }

  /** Tells of the processes that ran before the programs were attached. */
  async #reportRunning(processes: readonly ProcfsProcess[]): Promise<void> {
    const images = new ImagePool();
    for (const process of processes) {
      this.#tracker.running(process, images);
      if (!this.#writer.isFull) continue;
      this.#writer.flush();
      // Exporters that write asynchronously get a turn before the next thousand.
      await tick();
    }
    this.#writer.flush();
  }

  #handler(ring: RingBuffer, views: RecordViews): RecordHandler {
    const kinds = new Uint32Array(ring.memory);
    const tracker = this.#tracker;
    const sockets = this.#sockets;
    return (offset) => {
      switch (kinds[offset >>> 2]) {
        case RECORD_KIND.fork:
          tracker.fork(views.fork.at(offset));
          break;
        case RECORD_KIND.exec:
          tracker.exec(views.exec.at(offset));
          break;
        case RECORD_KIND.exit:
          tracker.exit(views.exit.at(offset));
          break;
        case RECORD_KIND.socket:
          sockets.handle(views.socket.at(offset));
          break;
      }
    };
  }

  /** @param now Milliseconds, of any clock; infinity for the last time. */
  #keepHouse(object: KernelObject, now: number): void {
    this.#clock.synchronize();
    this.#tracker.refresh();
    if (this.#countsLost) this.#readLost(object);
    this.#lossWarning.update(this.#output.counters.lost, now);
    this.#evictionWarning.update(this.#table.evictions, now);
  }

  /** Runs of programs that the kernel left out. An agent that changed its user may not look any more. */
  #readMisses(object: KernelObject): number {
    try {
      this.#misses = object.recursionMisses;
    } catch {
      // What was counted up to then stays counted.
    }
    return this.#misses;
  }

  #readLost(object: KernelObject): void {
    try {
      this.#output.counters.lost = object.map(SENSOR_MAPS.lost).sumPerCpu() + this.#readMisses(object);
    } catch (error) {
      // An agent that gave its rights away may not read maps any more. The events come all the same.
      this.#countsLost = false;
      this.#output.log.warn(`Sensor cannot count lost records any more: ${String(error)}`);
    }
  }
}

/** The kernel takes a power of two that is a multiple of its page size. One that is too small is made larger, aloud. */
function roundRingSize(size: number, log: SourceSettings["log"]): number {
  if (size < SMALLEST_RING_SIZE) {
    log.warn(`Sensor takes a ring buffer of ${SMALLEST_RING_SIZE} bytes: --rb-size ${size} is too small`);
    return SMALLEST_RING_SIZE;
  }
  return 2 ** Math.ceil(Math.log2(size));
}
