/** @module Events of a running Tetragon, over its API. It is connected to again for as long as the agent runs. */
import { GET_EVENTS } from "../../encoding/protobuf/paths.ts";
import { Backoff, type BackoffSettings } from "../../lib/backoff.ts";
import { GrpcClient } from "../../lib/grpc/client.ts";
import { type ClientTls, ConnectionError } from "../../lib/grpc/connection.ts";
import { GrpcError, STATUS, statusName } from "../../lib/grpc/status.ts";
import { formatTarget, type Target } from "../../lib/grpc/target.ts";
import { formatDuration } from "../../lib/text/duration.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import { tooLongWarner } from "../log-too-long.ts";
import { Running } from "../running.ts";
import type { ExportFilters, Source, SourceSettings } from "../source.ts";
import { Wake } from "../wake.ts";
import { EventStream } from "./event-stream.ts";
import { encodeEventsRequest, hasFilters, isAtLeast, isTetragon, parseRelease } from "./request.ts";
import { readClientTls, type TlsSettings } from "./tls.ts";
import { askVersion } from "./version.ts";

/** What a {@link TetragonSource} is given. */
export interface TetragonSourceSettings extends SourceSettings {
  /** As the user wrote it: `grpc`, `grpc+tls`. */
  readonly type: string;
  readonly target: Target;
  readonly tls?: TlsSettings;
  readonly maxLineBytes: number;
  /** What the configuration lets through now. */
  readonly filters: () => ExportFilters;
}

const RECONNECT: BackoffSettings = {
  initialMs: 500,
  maxMs: 30_000,
  factor: 2,
  jitter: 0.5,
  giveUpMs: Number.POSITIVE_INFINITY,
};

const CONNECT_TIMEOUT_MS = 10_000;
/** What a server may send ahead: a few hundred events. */
export const WINDOW_BYTES = 1024 * 1024;
/** A stream that has lived so long was a good one, milliseconds. */
const GOOD_MS = 10_000;
/** Milliseconds between two lines about one thing. */
const LOG_INTERVAL_MS = 60_000;

/** The stream of one server's events. No checkpoint can follow it: what is missed is gone, and logged. */
export class TetragonSource implements Source {
  readonly name: string;
  readonly #settings: TetragonSourceSettings;
  readonly #running = new Running();
  readonly #stopping = new AbortController();
  readonly #wake = new Wake();
  readonly #backoff = new Backoff(RECONNECT);
  readonly #failures = new Throttle(LOG_INTERVAL_MS);
  readonly #malformed = new Throttle(LOG_INTERVAL_MS);
  #tls: ClientTls | undefined;
  #client: GrpcClient | undefined;
  /** Since when there is no stream: `performance.now()`. */
  #goneSince: number | undefined;
  /** What has been said of the server, once for each of its releases. */
  #described: string | undefined;
  #isNewerLogged = false;
  /** A server that does not take the filters gets none. */
  #passesFilters = true;
  /** What the server was asked for. */
  #request: Uint8Array = new Uint8Array(0);

  constructor(settings: TetragonSourceSettings) {
    this.#settings = settings;
    this.name = `${settings.type}:${formatTarget(settings.target)}`;
  }

  /**
   * A server that is not there yet is no reason to wait.
   * @throws TetradError `config` for files of TLS that cannot be read.
   */
  async start(): Promise<void> {
    const { tls } = this.#settings;
    if (tls !== undefined) this.#tls = readClientTls(tls);
  }

  run(): Promise<void> {
    return this.#running.track(this.#run());
  }

  /** The server's filters follow the configuration: with others the stream begins anew. */
  reload(): void {
    this.#passesFilters = true;
    this.#readTlsAnew();
    if (this.#client !== undefined && !isSame(this.#request, this.#requestFor(this.#described)))
      this.#client.close();
    this.#backoff.reset();
    this.#wake.signal();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#wake.signal();
    this.#client?.close();
    await this.#running.end(signal);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const began = performance.now();
      const problem = await this.#follow();
      if (signal.aborted) return;
      if (performance.now() - began >= GOOD_MS) this.#backoff.reset();
      const wait = this.#backoff.next(performance.now())!;
      this.#report(problem, wait);
      await this.#wake.wait(wait);
    }
  }

  /** Takes events until the stream ends. @returns Why it did. */
  async #follow(): Promise<Error | undefined> {
    const { target, maxLineBytes } = this.#settings;
    const { signal } = this.#stopping;
    this.#readTlsAnew();
    try {
      const client = await GrpcClient.connect({
        target,
        tls: this.#tls,
        windowBytes: WINDOW_BYTES,
        timeoutMs: CONNECT_TIMEOUT_MS,
        messageBytes: maxLineBytes,
        signal,
      });
      this.#client = client;
      if (signal.aborted) return undefined;
      const version = await askVersion(client);
      this.#request = this.#requestFor(version);
      this.#describe(version);
      return await this.#takeEvents(client);
    } catch (error) {
      if (error instanceof GrpcError || error instanceof ConnectionError) return error;
      throw error;
    } finally {
      this.#client?.close();
      this.#client = undefined;
    }
  }

  async #takeEvents(client: GrpcClient): Promise<GrpcError | undefined> {
    const { sink, counters, maxLineBytes, log } = this.#settings;
    const stream = new EventStream({
      sink,
      counters,
      maxLineBytes,
      onTooLong: tooLongWarner(this.name, maxLineBytes, log),
      onMalformed: (reason) => this.#warnOfMalformed(reason),
    });
    stream.attach(client.call(GET_EVENTS, this.#request, stream));
    this.#reportGap();
    const error = await stream.ended;
    this.#goneSince = performance.now();
    if (stream.unknownFields > 0) this.#logNewer();
    if (!stream.hasEvents && hasFilters(this.#request) && isRefusal(error)) {
      this.#passesFilters = false;
      log.warn("Server does not take the filters: they are applied here only", {
        source: this.name,
        error: error?.message,
      });
    }
    return error;
  }

  #requestFor(version: string | undefined): Uint8Array {
    if (!this.#passesFilters) return new Uint8Array(0);
    return encodeEventsRequest(
      this.#settings.filters(),
      version === undefined ? undefined : parseRelease(version),
    );
  }

  /** Certificates are renewed while an agent runs. Those that cannot be read any more stay as they were. */
  #readTlsAnew(): void {
    const { tls } = this.#settings;
    if (tls === undefined) return;
    try {
      this.#tls = readClientTls(tls);
    } catch {
      // What was read before may still do.
    }
  }

  /** Says once who answers, and what that release lacks. */
  #describe(version: string | undefined): void {
    const { log } = this.#settings;
    const described = version ?? "unknown";
    if (this.#described === described) return;
    this.#described = described;
    log.info("Connected", { source: this.name, version: described });
    const release = version === undefined ? undefined : parseRelease(version);
    if (release === undefined || isAtLeast(release, [1, 0]) || !isTetragon(release)) return;
    log.warn(
      "Server is older than Tetragon 1.0: its events lack the types and fields that came later, and it filters by fewer keys",
      { source: this.name, version: described },
    );
  }

  #logNewer(): void {
    if (this.#isNewerLogged) return;
    this.#isNewerLogged = true;
    this.#settings.log.warn(
      "Server's API is newer than this agent: fields that have no name here go on as unknown_fields",
      { source: this.name },
    );
  }

  #reportGap(): void {
    if (this.#goneSince === undefined) return;
    const gap = performance.now() - this.#goneSince;
    this.#goneSince = undefined;
    this.#settings.log.warn("Stream of events is back: what happened in between is missing", {
      source: this.name,
      gap: formatDuration(Math.round(gap)),
    });
  }

  #report(problem: Error | undefined, wait: number): void {
    const repeated = this.#failures.pass();
    if (repeated === undefined) return;
    this.#settings.log.warn("Stream of events is not there: it is tried again", {
      source: this.name,
      error: problem === undefined ? "the server ended it" : messageOf(problem),
      wait: formatDuration(Math.round(wait)),
      ...repeated,
    });
  }

  #warnOfMalformed(reason: string): void {
    const repeated = this.#malformed.pass();
    if (repeated === undefined) return;
    this.#settings.log.warn("Invalid message dropped", { source: this.name, reason, ...repeated });
  }
}

function isRefusal(error: GrpcError | undefined): boolean {
  return error !== undefined && error.code !== STATUS.unavailable && error.code !== STATUS.cancelled;
}

function messageOf(problem: Error): string {
  if (!(problem instanceof GrpcError)) return problem.message;
  return `${statusName(problem.code)}: ${problem.message}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
