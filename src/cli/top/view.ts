/** @module What `tetrad top` shows of two readings of an agent's metrics. */
import { formatDuration } from "../../lib/text/duration.ts";
import { printable } from "../../lib/text/printable.ts";
import { type Metrics, type Sample, sumsBy, total } from "./metrics.ts";
import { rate, type Table, tableLines } from "./table.ts";

/** One reading. */
export interface Reading {
  readonly metrics: Metrics;
  /** When, milliseconds since 1970. */
  readonly at: number;
}

/** How it is shown. */
export interface Screen {
  readonly columns: number;
  /** Lines that there are; infinite where nothing scrolls. */
  readonly rows: number;
  readonly heading: (text: string) => string;
}

/** Rows of lists that may be long, where there is room for as many. */
const MOST_ROWS = 10;
/** Of each of them, where there is not. */
const LEAST_ROWS = 3;

const EVENTS = "tetragon_events_total";
const POLICY_EVENTS = "tetragon_policy_events_total";
const POLICY_INFO = "tetrad_policy_info";

/** The lines, the first about the agent. Before there are two readings, rates are `-`. */
export function viewLines(
  before: Reading | undefined,
  now: Reading,
  { columns, rows, heading }: Screen,
): string[] {
  const seconds = before === undefined ? Number.NaN : (now.at - before.at) / 1000;
  const rates = new Rates(before?.metrics, now.metrics, seconds);
  const fixed = [rates.sources(), rates.types(), rates.exporters(), rates.servers(), rates.drops()].filter(
    isFilled,
  );
  const policies = now.metrics.has(POLICY_INFO) ? rates.policies() : rates.busiest("POLICY");
  const lists = [rates.busiest("BINARY"), rates.busiest("POD"), policies].filter(isFilled);
  const head = headLines(now, rates).map((line) => [...line].slice(0, columns).join(""));
  const used = head.length + fixed.reduce((sum, { rows: { length } }) => sum + length + 2, 0);
  const room = Math.floor((rows - used) / Math.max(1, lists.length)) - 2;
  const most = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, room));
  const shown = [...fixed, ...lists.map((list) => ({ ...list, rows: list.rows.slice(0, most) }))];
  const below = shown.flatMap((table) => {
    const [titles = "", ...lines] = tableLines(table, columns);
    return ["", heading(titles), ...lines];
  });
  return [...head, ...below].slice(0, Math.max(1, rows - 1));
}

const isFilled = ({ rows }: Table): boolean => rows.length > 0;

function headLines({ metrics, at }: Reading, rates: Rates): string[] {
  const [agent] = metrics.get("tetrad_agent_info") ?? [];
  const [build] = metrics.get("tetragon_build_info") ?? [];
  const { hostname = "", agent_version: version = build?.labels.version ?? "" } = agent?.labels ?? {};
  const started =
    total(metrics, "tetrad_agent_start_time_seconds") || total(metrics, "process_start_time_seconds");
  const up =
    started === 0 ? "" : `, up ${formatDuration(Math.max(0, Math.floor(at / 1000 - started)) * 1000)}`;
  const isSick = metrics.has("tetrad_agent_healthy") && total(metrics, "tetrad_agent_healthy") === 0;
  const name = agent === undefined ? "tetragon" : "tetrad";
  const who = printable(`${name} ${version}${hostname === "" ? "" : ` on ${hostname}`}`);
  return [
    `${who}${up}${isSick ? ", NOT HEALTHY" : ""}`,
    metrics.has("tetrad_events_read_total")
      ? `events/s: read ${rates.of("tetrad_events_read_total")}, accepted ${rates.of("tetrad_events_accepted_total")}, dropped ${rates.of("tetrad_events_dropped_total")}; sensor records lost ${rates.of("tetrad_sensor_records_lost_total")}`
      : `events/s: ${rates.of(EVENTS)}`,
  ];
}

const SELECTOR_ACTIONS = "tetragon_tracingpolicy_selector_actions_total";

function isSound(state: string): boolean {
  return state === "enabled" || state === "disabled" || state === "skipped";
}

/** Rates between two readings. */
class Rates {
  readonly #before: Metrics | undefined;
  readonly #now: Metrics;
  readonly #seconds: number;

  constructor(before: Metrics | undefined, now: Metrics, seconds: number) {
    this.#before = before;
    this.#now = now;
    this.#seconds = seconds;
  }

  /** Of all samples of a metric. */
  of(name: string): string {
    return rate(this.#per(total(this.#now, name), this.#before && total(this.#before, name)));
  }

  sources(): Table {
    return this.#table("SOURCE", "tetrad_source_events_read_total", ({ source }) => source);
  }

  types(): Table {
    return this.#table("TYPE", EVENTS, ({ type }) => type);
  }

  /** The processes, pods or policies with the most events at the moment. */
  busiest(title: "BINARY" | "POD" | "POLICY"): Table {
    if (title === "BINARY") return this.#table(title, EVENTS, ({ binary }) => binary);
    if (title === "POLICY") return this.#table(title, POLICY_EVENTS, ({ policy }) => policy);
    return this.#table(title, EVENTS, ({ namespace, pod }) => (pod ? `${namespace}/${pod}` : undefined));
  }

  /** Policies, those first that are not as they should be, then those that post most. Counts are those since the start. */
  policies(): Table {
    const keyOf = ({ policy = "", policy_namespace: space }: Sample["labels"]) =>
      space ? `${space}/${policy}` : policy;
    const of = (name: string, metrics = this.#now) => sumsBy(metrics, name, keyOf);
    const posts = (metrics: Metrics) =>
      sumsBy(metrics, SELECTOR_ACTIONS, (labels) => (labels.action === "post" ? keyOf(labels) : undefined));
    const [posted, postedBefore] = [posts(this.#now), this.#before && posts(this.#before)];
    const [asked, held, lost] = ["asked", "held", "lost"].map((what) =>
      of(`tetrad_policy_selector_${what}_total`),
    ) as [Map<string, number>, Map<string, number>, Map<string, number>];
    const memory = of("tetragon_tracingpolicy_kernel_memory_bytes");
    const rows = (this.#now.get(POLICY_INFO) ?? [])
      .map(({ labels }) => ({
        key: keyOf(labels),
        state: labels.state ?? "",
        sum: posted.get(keyOf(labels)) ?? 0,
      }))
      .sort((a, b) => Number(isSound(a.state)) - Number(isSound(b.state)) || b.sum - a.sum);
    return {
      titles: ["POLICY", "STATE", "POSTED/S", "ASKED", "HELD", "POSTED", "LOST", "KB"],
      rows: rows.map(({ key, state, sum }) => [
        key,
        state,
        rate(this.#per(sum, postedBefore && (postedBefore.get(key) ?? 0))),
        ...[asked, held].map((counts) => String(counts.get(key) ?? 0)),
        String(sum),
        String(lost.get(key) ?? 0),
        String(Math.ceil((memory.get(key) ?? 0) / 1000)),
      ]),
    };
  }

  /** What was dropped since the start, by reason. */
  drops(): Table {
    const table = this.#table("DROPPED BY", "tetrad_events_dropped_total", ({ reason }) => reason);
    return { ...table, rows: table.rows.filter(([, , sum]) => sum !== "0") };
  }

  exporters(): Table {
    const of = (name: string, metrics = this.#now) => sumsBy(metrics, name, ({ exporter }) => exporter);
    const exported = "tetrad_exporter_events_exported_total";
    const dropped = "tetrad_exporter_events_dropped_total";
    const before = this.#before;
    const [left, lost] = [of(exported), of(dropped)];
    const [leftBefore, lostBefore] = [before && of(exported, before), before && of(dropped, before)];
    const queue = of("tetrad_exporter_queue_events");
    return {
      titles: ["EXPORTER", "EXPORTED/S", "DROPPED/S", "DROPPED", "QUEUE"],
      rows: [...left].map(([exporter, sum]) => [
        exporter,
        rate(this.#per(sum, leftBefore?.get(exporter))),
        rate(this.#per(lost.get(exporter) ?? 0, lostBefore?.get(exporter))),
        String(lost.get(exporter) ?? 0),
        String(queue.get(exporter) ?? "-"),
      ]),
    };
  }

  servers(): Table {
    const of = (name: string, metrics = this.#now) => sumsBy(metrics, name, ({ server }) => server);
    const sent = "tetrad_server_events_exported_total";
    const before = this.#before && of(sent, this.#before);
    const lost = of("tetrad_server_events_dropped_total");
    const clients = of("tetrad_server_clients");
    return {
      titles: ["SERVER", "CLIENTS", "SENT/S", "DROPPED"],
      rows: [...of(sent)].map(([server, sum]) => [
        server,
        String(clients.get(server) ?? 0),
        rate(this.#per(sum, before?.get(server))),
        String(lost.get(server) ?? 0),
      ]),
    };
  }

  /** The busiest first, then those with the most. */
  #table(title: string, name: string, keyOf: (labels: Sample["labels"]) => string | undefined): Table {
    const before = this.#before && sumsBy(this.#before, name, keyOf);
    const rows = [...sumsBy(this.#now, name, keyOf)]
      .map(([key, sum]) => ({ key, sum, per: this.#per(sum, before && (before.get(key) ?? 0)) }))
      .sort((a, b) => (b.per || 0) - (a.per || 0) || b.sum - a.sum);
    return {
      titles: [title, "EVENTS/S", "TOTAL"],
      rows: rows.map(({ key, sum, per }) => [key, rate(per), String(sum)]),
    };
  }

  /** An agent that was started anew counts from 0. */
  #per(now: number, before: number | undefined): number {
    if (before === undefined) return Number.NaN;
    return (now >= before ? now - before : now) / this.#seconds;
  }
}
