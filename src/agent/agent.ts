/**
 * @module One run of the agent. Its parts are created, then started, then the agent gives up what rights it does not
 * need any more, then `agent_init` goes out (as early as a start can be sure of itself), and only then the sources read.
 */
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { releaseExecutablePages } from "../os/memory.ts";
import type { Pipeline } from "../pipeline/settings.ts";
import { type Counters, createCounters } from "../telemetry/counters.ts";
import { checkpointKeeper, openCheckpoint } from "./checkpoint.ts";
import { createExporters, type ExporterSet, startExporter } from "./exporters.ts";
import { createIdentity } from "./identity.ts";
import { effectiveLogLevel } from "./log-level.ts";
import { MetadataUpkeep } from "./metadata-upkeep.ts";
import type { OptionValues } from "./option-table.ts";
import { createPipelineFor, exportFilters } from "./pipeline-settings.ts";
import { AgentForServers } from "./served-agent.ts";
import { Servers } from "./servers.ts";
import type { AgentParts, AgentResult, AgentSettings } from "./settings.ts";
import { AgentSink } from "./sink.ts";
import { SourceRuns } from "./source-runs.ts";
import { addSources, hasLost, logStopped, type Totals, totalFields } from "./totals.ts";
import { Upkeep } from "./upkeep.ts";

/** How long an agent that is to end at once waits for its parts to count what they held, milliseconds. */
const LAST_WAIT_MS = 1000;

/** An agent. Made once, run once. */
export class Agent {
  readonly #settings: AgentSettings;
  /** What the pipeline counts. Each source has counters of its own. */
  readonly #counters: Counters;
  readonly #checkpoint: Checkpoint;
  readonly #exporters: ExporterSet;
  readonly #sources: SourceRuns;
  readonly #servers: Servers;
  readonly #sink: AgentSink;
  readonly #upkeep: Upkeep;
  readonly #metadata: MetadataUpkeep;
  readonly #startedAt = performance.now();
  readonly #keepCheckpoint: (() => void) | undefined;
  readonly #identity: AgentParts["identity"];
  /** As of the last reload. */
  #values: OptionValues;
  #pipeline: Pipeline;
  /** Aborts once `--shutdown-timeout` is over, and only where a signal asked for the end. */
  readonly #interruption = new AbortController();
  #isInterrupted = false;
  readonly #ended = Promise.withResolvers<void>();
  #hasLoggedTotals = false;

  private constructor(settings: AgentSettings, parts: AgentParts) {
    this.#settings = settings;
    this.#values = settings.values;
    this.#counters = parts.counters;
    this.#pipeline = parts.pipeline;
    this.#identity = parts.identity;
    this.#checkpoint = parts.checkpoint;
    this.#keepCheckpoint = checkpointKeeper(parts.checkpoint, settings.values, settings.log.log);
    this.#exporters = parts.exporters;
    this.#sink = new AgentSink(parts.pipeline, parts.exporters.bus);
    this.#sources = new SourceRuns({
      values: settings.values,
      nodeName: settings.metadata.nodeName,
      sink: this.#sink,
      counters: parts.counters,
      log: settings.log.log,
      checkpoint: parts.checkpoint,
      identity: parts.identity,
      filters: () => exportFilters(this.#values),
    });
    this.#servers = this.#createServers(settings);
    this.#upkeep = new Upkeep(() => this.#sources.read);
    this.#metadata = new MetadataUpkeep(settings.metadata.life, parts.exporters.exporters);
    parts.exporters.onAllGone = () => this.#onAllGone();
  }

  /**
   * Makes all parts but the sources; opens nothing but the checkpoint.
   * @throws TetradError for what the options' own checks cannot see: a filter that does not parse, a checkpoint
   * that another agent holds.
   */
  static async create(settings: AgentSettings): Promise<Agent> {
    const { values, log, metadata } = settings;
    const counters = createCounters();
    const { life, nodeName } = metadata;
    const identity = await createIdentity({ values, nodeName, log: log.log });
    const pipeline = await createPipelineFor({ nodeName, identity, log }, values, counters);
    const checkpoint = openCheckpoint(values);
    try {
      const exporters = await createExporters({
        values,
        log: log.log,
        metadata: life,
        hasOthers: (settings.servers ?? []).some(({ definition }) => definition.takesEvents),
        checkpoint,
      });
      return new Agent(settings, { counters, pipeline, checkpoint, exporters, identity });
    } catch (error) {
      checkpoint.discard();
      throw error;
    }
  }

  /** Every counter, as it is now. */
  get totals(): Totals {
    const [exporters, servers] = [this.#exporters.counters, this.#servers.counters];
    return { ...addSources(this.#counters, this.#sources.counters), exporters, servers };
  }

  /**
   * Runs until every source has ended or {@link stop} was called, then drains and closes everything.
   * @throws TetradError when a component cannot start; then nothing was sent or written.
   */
  async run(): Promise<AgentResult> {
    try {
      await this.#start(this.#settings);
      releaseExecutablePages();
      await this.#sources.prepare();
      this.#startUpkeep();
      const running = this.#sources.run();
      this.#settings.onReady?.();
      await running;
      await this.#drain();
    } finally {
      this.#upkeep.stop();
      this.#metadata.stop();
      this.#checkpoint.close();
      this.#ended.resolve();
    }
    return this.#result();
  }

  /** Ends the run: sources stop, what was read is sent within `--shutdown-timeout`. @param signal Which asked for it. */
  stop(signal?: string): void {
    this.#metadata.conclude({ reason: "signal", detail: signal });
    if (!this.#isInterrupted) {
      this.#isInterrupted = true;
      const timer = setTimeout(() => this.#interruption.abort(), this.#values["shutdown-timeout"]);
      timer.unref();
    }
    this.#endSources();
  }

  /**
   * Ends the run that {@link stop} is ending at once: what has not been delivered is counted as lost.
   * @returns When the totals have been logged: at the latest after `LAST_WAIT_MS`, whatever a component still waits for.
   */
  async abort(): Promise<void> {
    this.stop();
    this.#interruption.abort();
    await Promise.race([this.#ended.promise, Bun.sleep(LAST_WAIT_MS)]);
    this.#logTotals();
  }

  /**
   * Opens files anew and takes what may change while the agent runs from `values`.
   * @throws TetradError, and nothing has changed, when a filter does not parse.
   */
  async reload(values: OptionValues): Promise<void> {
    const { log, metadata } = this.#settings;
    const facts = await metadata.read(values);
    const { nodeName } = metadata;
    const node = { nodeName, identity: this.#identity, log };
    const pipeline = await createPipelineFor(node, values, this.#counters);
    await pipeline.prepare?.();
    log.setLevel(effectiveLogLevel(values));
    this.#flushPipeline();
    this.#pipeline = pipeline;
    this.#sink.usePipeline(pipeline);
    this.#values = values;
    this.#startUpkeep();
    this.#metadata.reload(facts);
    this.reopen();
  }

  /** Opens what was opened by name anew: log, sources, exporters. */
  reopen(): void {
    this.#settings.log.reopen();
    this.#sources.reload();
    for (const exporter of this.#exporters.exporters) exporter.reload?.();
    this.#servers.reload();
  }

  /**
   * Opens everything, gives up rights, and lets `agent_init` go as soon as nothing can end the start any more: what
   * cannot fail comes after it. What fails leaves nothing behind.
   */
  async #start({ rights }: AgentSettings): Promise<void> {
    // A user without rights might not be able to open what they read.
    const isLater = rights?.isRequired !== true && this.#sources.alwaysStart;
    try {
      for (const exporter of this.#exporters.exporters) await startExporter(exporter);
      if (!isLater) await this.#sources.start();
      await this.#servers.start(this.#sources.definitions);
      if (rights?.isRequired) await rights.drop(this.#sources.definitions);
    } catch (error) {
      const now = AbortSignal.abort();
      await this.#servers.stop(now);
      await this.#sources.stop(now);
      for (const exporter of this.#exporters.exporters.toReversed()) await exporter.stop(now);
      this.#checkpoint.discard();
      throw error;
    }
    for (const exporter of this.#exporters.exporters) exporter.begin();
    this.#metadata.start();
    if (isLater) await this.#sources.start();
    await this.#pipeline.prepare?.();
    if (!rights?.isRequired) await rights?.drop(this.#sources.definitions);
    this.#servers.begin();
  }

  #endSources(): void {
    void this.#sources.stop(this.#interruption.signal);
    this.#exporters.bus.release();
  }

  #onAllGone(): void {
    if (this.#sources.isEnding || this.#servers.takesEvents) return;
    this.#settings.log.log.warn("Nobody is left to take events: the run ends");
    this.#metadata.conclude({ reason: "no_reader" });
    this.#endSources();
  }

  /** At its natural end the run waits for exporters that must not lose as long as it takes, for others a bounded time. */
  async #drain(): Promise<void> {
    const interrupted = this.#interruption.signal;
    await this.#sources.stop(interrupted);
    this.#flushPipeline();
    this.#metadata.stop();
    const { failed } = this.#sources;
    if (failed.length > 0)
      this.#metadata.conclude({ reason: "error", detail: `sources failed: ${failed.join(", ")}` });
    else this.#metadata.conclude({ reason: "end_of_input" });
    const bounded = AbortSignal.any([interrupted, AbortSignal.timeout(this.#values["shutdown-timeout"])]);
    await Promise.all([
      ...this.#exporters.exporters.map((exporter) => exporter.stop(exporter.blocks ? interrupted : bounded)),
      this.#servers.stop(bounded),
    ]);
  }

  #createServers({ servers: used = [], ...settings }: AgentSettings): Servers {
    const agent = new AgentForServers({
      ...settings,
      exporters: this.#exporters,
      counters: this.#counters,
      values: () => this.#values,
      totals: () => this.totals,
      sources: this.#sources,
    });
    this.#exporters.metrics = () => agent.metrics();
    return new Servers({ ...settings, used, log: settings.log.log, agent });
  }

  #startUpkeep(): void {
    this.#upkeep.start({
      pollMs: this.#pipeline.pollIntervalMs,
      poll: () => this.#sink.poll(),
      rest: () => this.#sink.rest(),
      statisticsMs: this.#values["stats-interval"],
      logStatistics: () => this.#logStatistics(),
      keep: this.#keepCheckpoint,
    });
  }

  #flushPipeline(): void {
    for (let batch = this.#pipeline.flush(); batch !== undefined; batch = this.#pipeline.flush()) {
      // Not much: at most what the pipeline may hold. So it need not be waited for.
      void this.#exporters.bus.publish(batch);
    }
  }

  #logStatistics(): void {
    const uptime = `${((performance.now() - this.#startedAt) / 1000).toFixed(0)}s`;
    this.#settings.log.log.info("Statistics", { uptime, ...totalFields(this.totals) });
  }

  #result(): AgentResult {
    const result: AgentResult = {
      totals: this.totals,
      uptimeMs: performance.now() - this.#startedAt,
      failedSources: this.#sources.failed,
      losingExporters: this.#isInterrupted ? [] : this.#losingExporters(),
    };
    this.#logTotals();
    return result;
  }

  /** Once. */
  #logTotals(): void {
    if (this.#hasLoggedTotals) return;
    this.#hasLoggedTotals = true;
    logStopped(this.#settings.log.log, this.totals, performance.now() - this.#startedAt);
  }

  #losingExporters(): string[] {
    return this.#exporters.exporters
      .filter(({ name, blocks }) => blocks && hasLost(this.#exporters.counters.get(name)!))
      .map(({ name }) => name);
  }
}
