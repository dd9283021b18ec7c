/**
 * @module One run of the agent: wires sources, pipeline and exporters, and sees them through start, reload,
 * drain and stop.
 */

import type { OptionValues } from "../config/options.ts";
import type { MetadataProvider } from "../metadata/provider.ts";
import { errorMessage } from "../os/caught.ts";
import { releaseExecutablePages } from "../os/memory.ts";
import { asksForStages, createPlainPipeline } from "../pipeline/plain-pipeline.ts";
import type { Pipeline } from "../pipeline/settings.ts";
import type { Source } from "../source/source.ts";
import type { SourceSpec } from "../source/spec.ts";
import { type Counters, createCounters } from "../telemetry/counters.ts";
import type { Log } from "../telemetry/log.ts";
import type { Bus } from "./bus.ts";
import { createExporters, type ExporterSet } from "./exporters.ts";
import { effectiveLogLevel } from "./log-level.ts";
import { MemoryTrimmer } from "./memory-trimmer.ts";
import { pipelineSettings } from "./pipeline-settings.ts";
import { AgentSink } from "./sink.ts";
import { checkSources, createSources } from "./sources.ts";
import { hasLosses, hasLost, type Totals, totalFields } from "./totals.ts";

/** What an agent is given. */
export interface AgentSettings {
  readonly values: OptionValues;
  readonly log: Log;
  /** Who is speaking. */
  readonly metadata: MetadataProvider;
  /** Called once, when sensors are loaded, sockets open and sources reading. What it throws ends the run. */
  readonly onStarted?: (sourceNames: readonly string[]) => Promise<void>;
  /** `node_name` of events that the agent makes itself. */
  readonly nodeName: string | undefined;
}

/** How a run ended. */
export interface AgentResult {
  readonly totals: Totals;
  /** Milliseconds from start to end. */
  readonly uptimeMs: number;
  /** Sources that could not read all that they were to read to its end. */
  readonly failedSources: readonly string[];
  /** Exporters that must not lose and lost events all the same, though nobody asked the run to end. */
  readonly losingExporters: readonly string[];
}

/** What an agent consists of. */
interface AgentParts {
  readonly specs: readonly SourceSpec[];
  readonly counters: Counters;
  readonly pipeline: Pipeline;
  readonly exporters: ExporterSet;
}

/** The pipeline that the options ask for. Its stages are loaded only where one is asked for. */
async function createPipelineFor(
  { nodeName, log }: AgentSettings,
  values: OptionValues,
  counters: Counters,
): Promise<Pipeline> {
  const settings = pipelineSettings(values, { nodeName }, counters, log.log);
  if (!asksForStages(settings)) return createPlainPipeline(settings);
  const { createPipeline } = await import("../pipeline/pipeline.ts");
  return createPipeline(settings);
}

/** How often the agent looks after itself; keeps the process alive when nothing else is going on. Milliseconds. */
const HEARTBEAT_MS = 1000;

/** An agent. Made once, run once. */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #counters: Counters;
  readonly #exporters: ExporterSet;
  readonly #specs: readonly SourceSpec[];
  readonly #bus: Bus;
  readonly #sink: AgentSink;
  readonly #startedAt = performance.now();
  readonly #trimmer = new MemoryTrimmer(releaseExecutablePages);
  /** As of the last reload. */
  #values: OptionValues;
  #pipeline: Pipeline;
  #sources: readonly Source[] = [];
  /** Those that ended with an error. */
  readonly #failed = new Set<Source>();
  /** Sources that fail from now on do not end the run. */
  #hasStarted = false;
  /** No source is to bring more: a signal came, or nobody is left to take events. */
  #isEnding = false;
  /** Aborts once `--shutdown-timeout` is over, and only where a signal asked for the end. */
  readonly #interruption = new AbortController();
  #isInterrupted = false;
  #timers: ReturnType<typeof setInterval>[] = [];

  private constructor(settings: AgentSettings, parts: AgentParts) {
    this.#settings = settings;
    this.#values = settings.values;
    this.#counters = parts.counters;
    this.#pipeline = parts.pipeline;
    this.#exporters = parts.exporters;
    this.#bus = parts.exporters.bus;
    this.#sink = new AgentSink(parts.pipeline, this.#bus);
    parts.exporters.onAllGone = () => this.#onAllGone();
    this.#specs = parts.specs;
  }

  /**
   * Makes all parts but the sources; opens nothing yet but the checkpoint.
   * @throws TetradError for what the options' own checks cannot see: a filter that does not parse, a checkpoint
   * that another agent holds, a sensor that cannot run here and is the only source.
   */
  static async create(settings: AgentSettings): Promise<Agent> {
    const { values, log, metadata } = settings;
    const specs = await checkSources(values);
    const counters = createCounters();
    const pipeline = await createPipelineFor(settings, values, counters);
    const exporters = await createExporters({ values, log: log.log, metadata });
    return new Agent(settings, { specs, counters, pipeline, exporters });
  }

  /** Every counter, live. */
  get totals(): Totals {
    return { agent: this.#counters, exporters: this.#exporters.counters };
  }

  /**
   * Runs until every source has ended or {@link stop} was called, then drains and closes everything.
   * @throws TetradError when an exporter or a source cannot start.
   */
  async run(): Promise<AgentResult> {
    const { log } = this.#settings.log;
    try {
      for (const exporter of this.#exporters.exporters) await exporter.start();
      releaseExecutablePages();
      this.#startTimers();
      this.#sources = await this.#createSources();
      const running = Promise.all(this.#sources.map((source) => this.#runSource(source)));
      // A source that cannot start has failed by the next turn of the event loop, and then nothing has started.
      await Promise.race([running, new Promise(setImmediate)]);
      this.#hasStarted = true;
      await this.#settings.onStarted?.(this.#sources.map(({ name }) => name));
      for (const exporter of this.#exporters.exporters) exporter.begin();
      await running;
      await this.#drain();
    } finally {
      for (const timer of this.#timers) clearInterval(timer);
      this.#exporters.checkpoint.close();
    }
    const result: AgentResult = {
      totals: this.totals,
      uptimeMs: performance.now() - this.#startedAt,
      failedSources: this.#sources
        .filter((source) => source.hasFailed === true || this.#failed.has(source))
        .map(({ name }) => name),
      losingExporters: this.#isInterrupted ? [] : this.#losingExporters(),
    };
    log[hasLosses(result.totals) ? "warn" : "info"]("Agent stopped", {
      uptime: `${(result.uptimeMs / 1000).toFixed(3)}s`,
      ...totalFields(result.totals),
    });
    return result;
  }

  /** Ends the run: sources stop, what was read is sent within `--shutdown-timeout`. */
  stop(): void {
    if (!this.#isInterrupted) {
      this.#isInterrupted = true;
      const timer = setTimeout(() => this.#interruption.abort(), this.#values["shutdown-timeout"]);
      timer.unref();
    }
    this.#endSources();
  }

  /**
   * Opens files anew and takes what may change while the agent runs from `values`.
   * @throws TetradError, and nothing has changed, when a filter does not parse.
   */
  async reload(values: OptionValues): Promise<void> {
    const { log } = this.#settings;
    const pipeline = await createPipelineFor(this.#settings, values, this.#counters);
    log.setLevel(effectiveLogLevel(values));
    this.#flushPipeline();
    this.#pipeline = pipeline;
    this.#sink.usePipeline(pipeline);
    for (const timer of this.#timers) clearInterval(timer);
    this.#values = values;
    this.#startTimers();
    this.reopen();
  }

  /** Opens what was opened by name anew: log, sources, exporters. */
  reopen(): void {
    this.#settings.log.reopen();
    for (const source of this.#sources) source.reload?.();
    for (const exporter of this.#exporters.exporters) exporter.reload?.();
  }

  async #createSources(): Promise<Source[]> {
    const { values, log, nodeName } = this.#settings;
    const sources = await createSources(this.#specs, {
      values,
      sink: this.#sink,
      counters: this.#counters,
      log: log.log,
      checkpoint: this.#exporters.checkpoint,
      nodeName,
    });
    // A signal may have come meanwhile.
    if (this.#isEnding) for (const source of sources) source.stop();
    return sources;
  }

  async #runSource(source: Source): Promise<void> {
    const { log } = this.#settings.log;
    log.info("Source started", { source: source.name });
    try {
      await source.run();
    } catch (error) {
      if (!this.#hasStarted) throw error;
      // The others go on, and what was read is still exported.
      this.#failed.add(source);
      log.error("Source failed", {
        source: source.name,
        error: errorMessage(error),
      });
      return;
    }
    if (!this.#isEnding) log.info("Source ended", { source: source.name });
  }

  #startTimers(): void {
    this.#timers = [
      setInterval(() => this.#trimmer.look(this.#counters.read, performance.now()), HEARTBEAT_MS),
    ];
    const pollMs = this.#pipeline.pollIntervalMs;
    if (pollMs !== undefined) this.#timers.push(setInterval(() => this.#pollPipeline(), pollMs));
    const statsMs = this.#values["stats-interval"];
    if (statsMs > 0) this.#timers.push(setInterval(() => this.#logStatistics(), statsMs));
  }

  #pollPipeline(): void {
    const now = Date.now();
    for (let batch = this.#pipeline.poll(now); batch !== undefined; batch = this.#pipeline.poll(now)) {
      this.#bus.offer(batch);
    }
  }

  #flushPipeline(): void {
    for (let batch = this.#pipeline.flush(); batch !== undefined; batch = this.#pipeline.flush()) {
      // Not much: at most what the pipeline may hold. So it need not be waited for.
      void this.#bus.publish(batch);
    }
  }

  #logStatistics(): void {
    const uptime = `${((performance.now() - this.#startedAt) / 1000).toFixed(0)}s`;
    this.#settings.log.log.info("Statistics", { uptime, ...totalFields(this.totals) });
  }

  #endSources(): void {
    this.#isEnding = true;
    for (const source of this.#sources) source.stop();
    this.#bus.release();
  }

  #onAllGone(): void {
    if (this.#isEnding) return;
    this.#settings.log.log.warn("Nobody is left to take events: the run ends");
    this.#endSources();
  }

  /** At its natural end the run waits for exporters that must not lose as long as it takes, for others a bounded time. */
  async #drain(): Promise<void> {
    this.#flushPipeline();
    const interrupted = this.#interruption.signal;
    const bounded = AbortSignal.any([interrupted, AbortSignal.timeout(this.#values["shutdown-timeout"])]);
    await Promise.all(
      this.#exporters.exporters.map((exporter) => exporter.stop(exporter.blocks ? interrupted : bounded)),
    );
  }

  #losingExporters(): string[] {
    return this.#exporters.exporters
      .filter(({ name, blocks }) => blocks && hasLost(this.#exporters.counters.get(name)!))
      .map(({ name }) => name);
  }
}
