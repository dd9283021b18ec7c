/**
 * @module Counts events by labels, of which others choose the values: a bounded number of series, whatever they choose.
 *
 * A series is one set of values. Where there are too many, what is new is counted under fewer labels: first without the
 * binary, which any user can make up, then without any label of the process. So sums stay right.
 */
import type { ProcessLabels } from "./options.ts";

/** How many series there are at most, and how long. */
export interface SeriesLimits {
  readonly series: number;
  /** Beside them, for what finds no room. */
  readonly shortened: number;
  /** Without an event for so long, the series of a pod goes, as that of a pod that was deleted. Milliseconds. */
  readonly idleMs: number;
}

export const SERIES_LIMITS: SeriesLimits = { series: 4000, shortened: 1000, idleMs: 3_600_000 };

/** Longest value of a label, UTF-16 units. */
const MAX_VALUE = 256;
/** Between two searches for idle series, milliseconds. */
const SEARCH_MS = 10_000;

const NONE: ProcessLabels = { namespace: "", workload: "", pod: "", binary: "" };

/** One set of values, and how often it was seen. */
export interface Series {
  /** Of the labels beside those of the process. */
  readonly own: readonly string[];
  readonly process: ProcessLabels;
  count: number;
  lastAt: number;
}

/** Series of one metric. */
export class EventSeries {
  /** Events that were counted with fewer labels. */
  shortened = 0;
  /** Series that are gone. */
  removed = 0;
  readonly #limits: SeriesLimits;
  readonly #series = new Map<string, Series>();
  #searchedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: SeriesLimits = SERIES_LIMITS) {
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#series.size;
  }

  /** All of them, no two of which have the same values. */
  all(): Iterable<Series> {
    return this.#series.values();
  }

  /**
   * Counts an event.
   * @param own Values of its own labels. @param bounded The same where there is no room: there are few of those.
   * @param now Milliseconds of a clock that never goes back.
   */
  add(own: readonly string[], process: ProcessLabels, bounded: readonly string[], now: number): void {
    const key = keyOf(own, process);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.size >= this.#limits.series) this.#makeRoom(now);
      if (this.size < this.#limits.series) series = this.#create(key, own, process);
      else series = this.#shortened(own, process, bounded);
    }
    series.count++;
    series.lastAt = now;
  }

  /** Removes the series of pods that have been idle for long. */
  prune(now: number): void {
    this.#removeIdle(now, ({ process }) => process.pod !== "");
  }

  #shortened(own: readonly string[], process: ProcessLabels, bounded: readonly string[]): Series {
    this.shortened++;
    const labels = { ...process, binary: "" };
    const key = keyOf(own, labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.size < this.#limits.series + this.#limits.shortened) return this.#create(key, own, labels);
    const last = keyOf(bounded, NONE);
    return this.#series.get(last) ?? this.#create(last, bounded, NONE);
  }

  #create(key: string, own: readonly string[], process: ProcessLabels): Series {
    const { namespace, workload, pod, binary } = process;
    const series = {
      own: own.map(bounded),
      process: {
        namespace: bounded(namespace),
        workload: bounded(workload),
        pod: bounded(pod),
        binary: bounded(binary),
      },
      count: 0,
      lastAt: 0,
    };
    this.#series.set(key, series);
    return series;
  }

  #makeRoom(now: number): void {
    if (now - this.#searchedAt < SEARCH_MS) return;
    this.#searchedAt = now;
    this.#removeIdle(now, () => true);
  }

  #removeIdle(now: number, mayGo: (series: Series) => boolean): void {
    for (const [key, series] of this.#series) {
      if (now - series.lastAt <= this.#limits.idleMs || !mayGo(series)) continue;
      this.#series.delete(key);
      this.removed++;
    }
  }
}

function keyOf(own: readonly string[], { namespace, workload, pod, binary }: ProcessLabels): string {
  let key = "";
  for (const value of own) key += `${bounded(value)}\0`;
  return `${key}${bounded(namespace)}\0${bounded(workload)}\0${bounded(pod)}\0${bounded(binary)}`;
}

/** The value as it is shown: such that UTF-8 can say it, and not so long that many of them take much. */
function bounded(value: string): string {
  if (value.length <= MAX_VALUE) return value.isWellFormed() ? value : value.toWellFormed();
  return `${value.slice(0, MAX_VALUE).toWellFormed()}…`;
}
