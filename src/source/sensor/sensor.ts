/** @module The native sensor as a source: has the kernel record, reads the records, hands events on. */
import { tick } from "../../lib/tick.ts";
import type { PolicyControl } from "../../policy/registry/index.ts";
import { Running } from "../running.ts";
import type { Source, SourceFigures, SourceSettings } from "../source.ts";
import { Wake } from "../wake.ts";
import { Collector } from "./collector.ts";
import { BootClock } from "./event/clock.ts";
import { SensorEvents } from "./event/events.ts";
import { Housekeeping } from "./housekeeping.ts";
import { KernelSide, ringSizeOf } from "./kernel-side.ts";
import { Losses } from "./losses.ts";
import { checkSensorPaths, sayingWhatIsMissing, warnOfMissingRight } from "./obstacle.ts";
import type { SensorPolicies } from "./policy/index.ts";
import { PolicyLife } from "./policy/life.ts";
import { setReaderPriority } from "./priority.ts";
import { findProbe, type LoadedProbe, loadProbes, longestRecord, wantedProbes } from "./probe/index.ts";
import type { DecoderContext } from "./probe/probe.ts";
import { ImageMemory } from "./process/image-memory.ts";
import { ImagePool } from "./process/image-pool.ts";
import { Metadata } from "./process/metadata.ts";
import { ProcessTable } from "./process/process-table.ts";
import { Processes } from "./process/processes.ts";
import { FOREIGN_PROCFS, showsHostProcesses } from "./procfs/host.ts";
import { type ProcfsProcess, type ProcfsScan, scanProcesses } from "./procfs/procfs.ts";
import { foundRunning } from "./procfs/running.ts";
import { runningAtStart } from "./procfs/startup.ts";
import { RecordWait } from "./record-wait.ts";
import { type ScopeChange, WatchedScope } from "./scope/watched-scope.ts";
import type { SensorSettings } from "./settings.ts";
import type { Watch } from "./watch.ts";

const DEFAULT_CACHE_SIZE = 65536;
/** Records between two looks at whether the sink wants the source to wait. An event comes of each, and of those that it names. */
const RECORDS_AT_ONCE = 128;

/** The native sensor. */
export class SensorSource implements Source {
  readonly name = "sensor";
  readonly figures: SourceFigures & { records: number };
  readonly #settings: SensorSettings;
  readonly #output: SourceSettings;
  readonly #procfs: string;
  /** Whether procfs shows processes by the numbers that records have. */
  readonly #seesHost: boolean;
  readonly #ended = new AbortController();
  readonly #events: SensorEvents;
  readonly #metadata: Metadata;
  readonly #table: ProcessTable;
  readonly #processes: Processes;
  readonly #housekeeping: Housekeeping;
  readonly #collector = new Collector();
  readonly #wake = new Wake();
  readonly #running = new Running(() => this.#close());
  readonly #policies: PolicyLife;
  #watch: Watch | undefined;

  constructor(settings: SensorSettings, output: SourceSettings) {
    this.#settings = settings;
    this.#output = output;
    this.#procfs = (settings.procfs ?? "/proc").replace(/\/+$/, "");
    this.#seesHost = showsHostProcesses(this.#procfs);
    const clock = new BootClock();
    this.#events = new SensorEvents(settings, output, clock, () => this.#wake.signal());
    this.#metadata = new Metadata(settings, this.#procfs);
    this.#table = new ProcessTable(
      settings.processCacheSize ?? DEFAULT_CACHE_SIZE,
      settings.ancestors === true,
      new ImageMemory(settings.processCacheMemory),
    );
    this.figures = { records: 0, processes: this.#table };
    this.#processes = new Processes({
      ...settings,
      procfs: this.#procfs,
      table: this.#table,
      metadata: this.#metadata,
      events: this.#events,
    });
    this.#policies = new PolicyLife(settings, output);
    const losses = new Losses(output, this.#table);
    const [collector, metadata, processes] = [this.#collector, this.#metadata, this.#processes];
    this.#housekeeping = new Housekeeping({ collector, clock, metadata, processes, losses });
  }

  /** Records that found no room in the ring buffer, or whose program was at work, counted by the kernel. */
  get lost(): number {
    return this.#output.counters.lost;
  }

  /** Names of the probes that are attached. */
  get probes(): readonly string[] {
    return this.#watch?.kernel.probes.names ?? [];
  }

  /**
   * Loads and attaches the programs. What they record waits in the ring buffer.
   * @throws TetradError `unsupported` when the kernel or the rights do not allow it, `config` for a scope that
   * does not exist, types that are none and a procfs that is none.
   */
  async start(): Promise<void> {
    if (this.#ended.signal.aborted || this.#watch !== undefined) return;
    checkSensorPaths({ procfs: this.#procfs, btf: this.#settings.btf ?? "" });
    const { scope: name, ringBufferSize, probes: values = {} } = this.#settings;
    const probes = await loadProbes(wantedProbes({ ...values, "sensor-scope": name ?? "" }));
    // It may have been stopped meanwhile.
    if (this.#ended.signal.aborted) return;
    const ringSize = ringSizeOf(ringBufferSize, this.#output.log);
    using opened = new DisposableStack();
    const kernel = sayingWhatIsMissing(this.#settings, () => opened.use(this.#openKernel(ringSize, probes)));
    // What the host lacks is said first.
    const openScope = (name: string) =>
      opened.use(sayingWhatIsMissing(this.#settings, () => new WatchedScope(name, this.#procfs)));
    const scope = name === undefined ? undefined : openScope(name);
    const before = this.#scan(scope).processes;
    kernel.setScope(scope?.cgroupId ?? 0n);
    sayingWhatIsMissing(this.#settings, () => kernel.probes.attach(scope?.kernel, probes));
    await this.#policies.start(kernel.policyOpener(scope?.kernel));
    // Read now: the rights that it takes may go.
    const running = foundRunning(before, () => this.#scan(scope, before));
    const { log } = this.#output;
    warnOfMissingRight(log);
    setReaderPriority(this.#settings.nice ?? 0, log);
    const wait = opened.use(new RecordWait(kernel.ring.fd, this.#wake, (message) => log.warn(message)));
    if (!this.#seesHost) log.warn(`Sensor reports the host's process ids: ${FOREIGN_PROCFS}`);
    this.#watch = { scope, kernel, wait, ringSize, running, held: opened.move() };
  }

  /** Tracing policies, and how they change. */
  get tracingPolicies(): PolicyControl {
    return this.#policies.registry;
  }

  reload(): void {
    this.#policies.reload();
  }

  /** Reads until {@link stop}, or until nothing can be in the scope any more. */
  run(): Promise<void> {
    return this.#running.track(this.#run());
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#ended.abort();
    this.#wake.signal();
    await this.#running.end(signal);
  }

  /**
   * Attaches a probe to a sensor that has started. Takes the rights to load programs.
   * @param name Of the probe.
   * @throws RangeError when there is no such probe, TetradError `unsupported` when it cannot be attached.
   */
  async attach(name: string): Promise<void> {
    const probes = await loadProbes([findProbe(name)]);
    const { kernel, scope } = this.#started;
    kernel.probes.attach(scope?.kernel, probes);
  }

  /** Detaches a probe. What it has recorded by then still becomes events. @throws RangeError when there is none. */
  detach(name: string): void {
    this.#started.kernel.probes.detach(findProbe(name));
    this.#wake.signal();
  }

  /** The policies of a sensor that has started. To change them takes the rights to load programs. */
  policies(): Promise<SensorPolicies> {
    const { kernel, scope } = this.#started;
    return kernel.openPolicies(scope?.kernel);
  }

  get #started(): Watch {
    if (this.#watch === undefined) throw new RangeError("Cannot change probes: the sensor has not started");
    return this.#watch;
  }

  #close(): void {
    this.#policies[Symbol.dispose]();
    this.#watch?.held.dispose();
    this.#watch = undefined;
  }

  #openKernel(ringSize: number, probes: readonly LoadedProbe[]): KernelSide {
    const [settings, processes, metadata] = [this.#settings, this.#processes, this.#metadata];
    const context: DecoderContext = { settings, processes, metadata, events: this.#events };
    const warn = (message: string): void => this.#output.log.warn(message);
    const [procfs, longest, wake] = [this.#procfs, longestRecord(probes), () => this.#wake.signal()];
    return new KernelSide({ ringSize, longestRecord: longest, procfs, context, warn, wake });
  }

  async #run(): Promise<void> {
    const watch = this.#watch;
    if (this.#ended.signal.aborted || watch === undefined) return;
    const { scope, kernel, wait, ringSize } = watch;
    const { ring, probes } = kernel;
    const { counters } = this.#output;
    await this.#begin(watch);
    void this.#policies.begin();
    const handle = (offset: number, length: number): void => {
      counters.bytes_read += length;
      probes.handle(offset);
    };
    let bytesBefore = 0;
    let change: ScopeChange = "none";
    let isOver = false;
    for (;;) {
      // Asked first: what was recorded before the stop is still read.
      const isEnding = isOver || this.#ended.signal.aborted;
      const now = performance.now();
      const isBusy = ring.pendingBytes > 0 || counters.bytes_read !== bytesBefore;
      if (this.#housekeeping.isDue(now, isBusy)) {
        this.#housekeeping.keep(kernel, now);
        bytesBefore = counters.bytes_read;
      }
      if (change === "none") change = scope?.look(now, this.#table.hasRunning) ?? "none";
      const count = ring.read(handle, RECORDS_AT_ONCE);
      this.figures.records += count;
      this.#events.handOn();
      this.#collector.collect(counters.bytes_read, ring.pendingBytes > ringSize / 8);
      const isEmpty = count === 0 && ring.pendingBytes === 0;
      if (isEmpty) {
        this.#processes.settle(isEnding || change !== "none");
        kernel.settle();
      }
      // All that happened in a scope that has ended was in the ring when that was seen, and has been read.
      if (isEmpty && change !== "none" && !isOver) {
        await this.#follow(watch, change);
        isOver = change === "over";
        change = "none";
        this.#housekeeping.hasten();
        scope?.hasten();
      } else if (count === RECORDS_AT_ONCE) await tick();
      else if (isEnding) break;
      else await wait.wait(count > 0, this.#housekeeping.sleep(scope?.interval(this.#table.hasRunning)));
    }
    this.#events.handOn(true);
    this.#housekeeping.keep(kernel, Number.POSITIVE_INFINITY);
  }

  /** Makes events of what runs already, and says what is watched. */
  async #begin(watch: Watch): Promise<void> {
    const { scope, kernel, running } = watch;
    if (running === undefined) return;
    watch.running = undefined;
    const { before, after, ...times } = running;
    const found = runningAtStart(before, after, kernel.probes.readEarly(kernel.ring));
    this.#processes.startedAt(times, found.ending);
    if (scope === undefined) this.#processes.kernel();
    const images = new ImagePool();
    let count = 0;
    for (const process of found.running) {
      this.#processes.running(process, images);
      // Their texts may be long: a full batch of them would take as much memory for good.
      if (++count % RECORDS_AT_ONCE !== 0 && !this.#events.isFull) continue;
      this.#events.flush();
      this.#collector.collectAtStart(count);
      // Exporters that write asynchronously get a turn before the next thousand.
      await tick();
    }
    this.#events.flush();
    this.#collector.collectLater(count);
    this.#output.log.info(`Sensor watches ${scope?.name ?? "all processes"}`);
  }

  /** Goes by what has become of the scope. In one that is gone nothing runs any more. */
  async #follow(watch: Watch, change: ScopeChange): Promise<void> {
    const { log } = this.#output;
    const { scope } = watch;
    switch (change) {
      case "over":
        log.warn(`Sensor scope ${scope!.name} has ended: no process will be in it any more`);
        break;
      case "gone":
        log.warn(`Sensor scope ${scope!.name} is gone: waiting for another one of this name`);
        this.#table.endAll();
        break;
      case "back":
        await this.#beginAgain(watch);
        break;
    }
  }

  /** Begins to watch a scope that is back. */
  async #beginAgain(watch: Watch): Promise<void> {
    const { scope, kernel } = watch;
    const before = this.#scan(scope).processes;
    kernel.setScope(scope?.cgroupId ?? 0n);
    watch.running = foundRunning(before, () => this.#scan(scope, before));
    await this.#begin(watch);
  }

  #scan(scope: WatchedScope | undefined, earlier: readonly ProcfsProcess[] = []): ProcfsScan {
    // Numbers of another PID namespace are other processes' there.
    if (!this.#seesHost) return { processes: [], ending: [] };
    return scanProcesses(this.#procfs, (pid) => scope?.contains(pid) ?? true, earlier);
  }
}
