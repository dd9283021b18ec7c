/** @module Metrics for Prometheus: Tetragon's by its names, and the agent's own beside them. */
import type { ConsolaInstance } from "consola";
import type { ServedAgent, Server } from "../definition.ts";
import { type Listening, listen } from "../listen.ts";
import { parseListenAddress } from "../listen-address.ts";
import { EventCounter } from "./event-counter.ts";
import { allFamilies } from "./families/all.ts";
import { ServerFamilies } from "./families/delivery.ts";
import { eventFamilies } from "./families/tetragon.ts";
import { CONTENT_TYPE, counter, type Family, formatFamilies, gauge } from "./family.ts";
import type { Page } from "./http-message.ts";
import { HttpServer } from "./http-server.ts";
import type { ProcessLabel } from "./options.ts";

/** What the server is given. */
export interface MetricsServerSettings {
  readonly address: string;
  /** Labels of events; `undefined`: events are not counted. */
  readonly labels: readonly ProcessLabel[] | undefined;
  readonly agent: ServedAgent;
  readonly log: ConsolaInstance;
}

/** A page holds for so long, milliseconds: whoever asks all the time does not have it made all the time. */
const PAGE_MS = 100;

/** The metrics, on one address. */
export class MetricsServer implements Server {
  readonly name = "metrics";
  readonly counters = {};
  readonly #settings: MetricsServerSettings;
  readonly #events: EventCounter | undefined;
  readonly #servers = new ServerFamilies();
  readonly #http = new HttpServer({ find: (path) => this.#find(path) });
  #listening: Listening | undefined;
  #leaveBus: (() => void) | undefined;
  #made: { readonly page: Page; readonly at: number } | undefined;
  #isStopped = false;

  constructor(settings: MetricsServerSettings) {
    this.#settings = settings;
    this.#events =
      settings.labels &&
      new EventCounter(settings.labels, (error) => settings.agent.reportInternalError(error));
  }

  /** @throws TetradError `unsupported` when the address cannot be listened on. */
  async start(): Promise<void> {
    if (this.#isStopped) return;
    const { address: text, agent } = this.#settings;
    const address = parseListenAddress(text)!;
    this.#listening = await listen(this.#http, { address, option: "metrics-server", text });
    // From the first event on.
    if (this.#events !== undefined)
      this.#leaveBus = agent.bus.join(this.#events, { encoding: this.#events.encoding });
    if (this.#isStopped) this.#close();
  }

  begin(): void {
    if (this.#listening === undefined) return;
    this.#http.open();
    this.#settings.log.info("Metrics server is open", { address: this.#listening.address });
  }

  /** Whoever reads the last of it may do so until the agent has ended. */
  stop(_signal: AbortSignal): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  #close(): void {
    this.#isStopped = true;
    this.#leaveBus?.();
    this.#http.close();
    this.#listening?.forget();
    this.#listening = undefined;
  }

  #find(path: string): Page | "failed" | undefined {
    if (path !== "/metrics") return undefined;
    try {
      return this.#page();
    } catch (error) {
      this.#settings.agent.reportInternalError(error);
      return "failed";
    }
  }

  #page(): Page {
    const now = performance.now();
    if (this.#made === undefined || now - this.#made.at > PAGE_MS) {
      const body = Buffer.from(formatFamilies(this.#families(now)));
      this.#made = { at: now, page: { type: CONTENT_TYPE, body } };
    }
    return this.#made.page;
  }

  #families(now: number): Family[] {
    const events = this.#events;
    return allFamilies(
      this.#settings.agent,
      this.#servers,
      events && { families: this.#eventFamilies(events, now), lastAt: events.lastAt },
    );
  }

  #eventFamilies(counted: EventCounter, now: number): Family[] {
    const { events, policies } = counted;
    events.prune(now);
    policies.prune(now);
    const nodeName = String(this.#settings.agent.commonFields.node_name ?? "");
    return [
      ...eventFamilies(counted, nodeName),
      gauge(
        "tetrad_metrics_series",
        "Sets of labels that events are counted by.",
        events.size + policies.size,
      ),
      counter(
        "tetrad_metrics_events_shortened_total",
        "Events that were counted with fewer labels, since there were too many sets of them.",
        events.shortened + policies.shortened,
      ),
      counter(
        "tetrad_metrics_series_removed_total",
        "Sets of labels that were removed after an hour without an event.",
        events.removed + policies.removed,
      ),
    ];
  }
}
