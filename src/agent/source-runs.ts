/** @module The sources of a run: started, read until they end, stopped. */
import type { ConsolaInstance } from "consola";
import type { IdentityFigures } from "../kubernetes/figures.ts";
import { errorMessage } from "../os/caught.ts";
import type { PolicyControl } from "../policy/registry/control.ts";
import type { Source, SourceDefinition, SourceFigures } from "../source/source.ts";
import { addCounters, type Counters } from "../telemetry/counters.ts";
import { InternalErrors, isInternal } from "../telemetry/internal-errors.ts";
import { alwaysStart, type SourcesSettings, startSources } from "./sources.ts";

/** What {@link SourceRuns} is given. */
export interface SourceRunsSettings extends SourcesSettings {
  /** Errors of our own are counted here. */
  readonly counters: Counters;
}

/** All sources of one run of the agent. */
export class SourceRuns {
  readonly #settings: SourceRunsSettings;
  readonly #log: ConsolaInstance;
  readonly #internalErrors: InternalErrors;
  readonly #sources: Source[] = [];
  readonly #counters = new Map<Source, Counters>();
  readonly #definitions = new Set<SourceDefinition>();
  /** Those that ended with an error. */
  readonly #failed = new Set<Source>();
  #stopping: AbortSignal | undefined;

  constructor(settings: SourceRunsSettings) {
    this.#settings = settings;
    this.#log = settings.log;
    this.#internalErrors = new InternalErrors(settings.counters, settings.log);
  }

  /** Whether {@link start} cannot fail. */
  get alwaysStart(): boolean {
    return alwaysStart(this.#settings.values["event-source"]);
  }

  /** Whether no source is to bring more. */
  get isEnding(): boolean {
    return this.#stopping !== undefined;
  }

  /** What has been started, as far as it concerns the rights that the agent keeps. */
  get definitions(): readonly SourceDefinition[] {
    return [...this.#definitions];
  }

  /** Names of the sources that could not read all of their input. */
  get failed(): string[] {
    return this.#sources
      .filter((source) => source.hasFailed === true || this.#failed.has(source))
      .map(({ name }) => name);
  }

  /** What each has counted, live, by name. Of several of one name, the sums. */
  get counters(): ReadonlyMap<string, Counters> {
    const names = Map.groupBy(this.#counters, ([{ name }]) => name);
    return new Map(
      [...names].map(([name, [first, ...others]]) => [
        name,
        others.length === 0 ? first![1] : addCounters([first!, ...others].map(([, counters]) => counters)),
      ]),
    );
  }

  /** How many events all of them have read so far. */
  get read(): number {
    let sum = 0;
    for (const { read } of this.#counters.values()) sum += read;
    return sum;
  }

  /** Of those that have any, by name. */
  get figures(): ReadonlyMap<string, SourceFigures> {
    return new Map(
      this.#sources.flatMap(({ name, figures }) => (figures === undefined ? [] : [[name, figures]])),
    );
  }

  /** Of what is known of pods; `undefined` where nobody asks for them. */
  get podFigures(): IdentityFigures | undefined {
    return this.#settings.identity?.figures;
  }

  /** Of the first source that has any. */
  get tracingPolicies(): PolicyControl | undefined {
    return this.#sources.find(({ tracingPolicies }) => tracingPolicies !== undefined)?.tracingPolicies;
  }

  /** @throws TetradError as {@link startSources}; those that had started are left to {@link stop}. */
  async start(): Promise<void> {
    await startSources(this.#settings, ({ definition, source, counters }) => {
      this.#definitions.add(definition);
      this.#sources.push(source);
      this.#counters.set(source, counters);
    });
    // A signal may have come meanwhile.
    if (this.#stopping !== undefined) void this.stop(this.#stopping);
  }

  /** Gets what events are to say beside what sources read. Bounded: what is late is there when it comes. */
  async prepare(): Promise<void> {
    await this.#settings.identity?.start();
  }

  /** Reads until every source has ended. When the call returns, each has decided where it begins. */
  run(): Promise<void> {
    const { identity } = this.#settings;
    return Promise.all(this.#sources.map((source) => this.#run(source))).then(() => identity?.stop());
  }

  /** Ends all sources; resolves when they have handed on what they read, or `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping ??= signal;
    await Promise.all(this.#sources.map((source) => source.stop(signal)));
  }

  /** Opens anew what was opened by name. */
  reload(): void {
    for (const source of this.#sources) source.reload?.();
  }

  async #run(source: Source): Promise<void> {
    this.#log.info("Source started", { source: source.name });
    try {
      await source.run();
    } catch (error) {
      // The others go on, and what was read is still exported.
      this.#failed.add(source);
      if (isInternal(error)) this.#internalErrors.report(error);
      this.#log.error("Source failed", { source: source.name, error: errorMessage(error) });
      return;
    }
    if (this.#stopping === undefined) this.#log.info("Source ended", { source: source.name });
  }
}
