/** @module Two executables in turns, for every row that runs one: what `npm run bench -- --against=PATH` does. */
import { existsSync } from "node:fs";
import { sensorObstacle } from "../../src/source/sensor/index.ts";
import { findContestants } from "./contestants.ts";
import { prepareFixture } from "./fixture.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import { ROWS } from "./rows/index.ts";
import { isSelected, NotMeasured, type Row } from "./rows/row.ts";
import { measureRateOf, type RateCase } from "./sensor.ts";
import { LoadNamespace } from "./sensor-load.ts";
import { SEED, SIZES } from "./sizes.ts";
import { measureIdleRss, measureStart } from "./start.ts";
import { median } from "./statistics.ts";
import { renderTable } from "./table.ts";
import { runOnce } from "./throughput.ts";

/** What a row is about, which says how much worse it may be. */
export type Kind = "CPU" | "time" | "memory";

/** How much more than the other executable's median is still as good. */
const TOLERANCE: Readonly<Record<Kind, number>> = { CPU: 0.03, time: 0.1, memory: 0.1 };

/** One figure of one run; less is better. */
export interface Figure {
  readonly name: string;
  readonly kind: Kind;
  readonly unit: string;
  readonly value: number;
}

/** What is run once for all of its figures. */
export interface Case {
  /** `layer/case`, which `--filter` selects by. */
  readonly name: string;
  run(executable: string): Promise<readonly Figure[]>;
}

/** One figure of both executables. */
export interface ComparedRow {
  readonly name: string;
  readonly kind: Kind;
  readonly unit: string;
  readonly rounds: number;
  /** Medians. */
  readonly other: number;
  readonly own: number;
  /** The own median to the other's: below 1 is better. */
  readonly ratio: number;
}

/** What both were run on. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Rows on which the own executable failed, and how. Where the other fails, which may be older, is no failure. */
  readonly failures: readonly string[];
}

/** What {@link compareExecutables} is given. */
export interface ComparisonSettings {
  readonly executable: string;
  /** The one that it is compared with. */
  readonly against: string;
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly filter: RegExp;
  readonly onProgress: (text: string) => void;
}

const START_RUNS = 10;
const VARIANTS = ["tetrad-full", "tetrad-syntax", "tetrad-off", "tetrad-stdin"];

function throughputCases(isQuick: boolean): Case[] {
  return SIZES.flatMap((size) =>
    VARIANTS.filter((id) => size.isForAll || id === "tetrad-full").map((id) => ({
      name: `throughput/${size.name}/${id}`,
      async run(executable): Promise<readonly Figure[]> {
        const contestant = findContestants(executable).present.find((candidate) => candidate.id === id);
        if (contestant === undefined) return [];
        const count = isQuick ? size.quickEvents : size.events;
        const fixture = prepareFixture({ meanBytes: size.meanBytes, count, seed: SEED });
        const run = await runOnce(contestant, fixture, programPath("count"));
        if (run.failure !== undefined) throw new Error(`Cannot compare "${executable}": it ${run.failure}`);
        if (run.lost !== 0) throw new Error(`Cannot compare "${executable}": it lost ${run.lost} events`);
        return [
          { name: `${this.name}, CPU`, kind: "CPU", unit: "µs an event", value: run.cpuSecondsPerMillion },
          { name: `${this.name}, time`, kind: "time", unit: "µs an event", value: 1e6 / run.eventsPerSecond },
          { name: `${this.name}, peak RSS`, kind: "memory", unit: "MB", value: run.peakRssBytes / 1e6 },
        ];
      },
    })),
  );
}

function agentCases(isQuick: boolean): Case[] {
  return [
    {
      name: "start/first-datagram",
      async run(executable) {
        const { medianMs } = await measureStart(executable, isQuick ? 1 : START_RUNS);
        return [{ name: this.name, kind: "time", unit: "ms", value: medianMs }];
      },
    },
    {
      name: "memory/idle",
      async run(executable) {
        return [
          { name: this.name, kind: "memory", unit: "MB", value: (await measureIdleRss(executable)) / 1e6 },
        ];
      },
    },
  ];
}

function sensorCases(namespace: LoadNamespace): Case[] {
  const cases: readonly RateCase[] = ["limit", "replay"];
  return cases.map((id) => ({
    name: `sensor/${id}`,
    async run(executable) {
      const { cpuUsPerEvent, eventsPerSecond, isReplayed } = await measureRateOf(id, executable, namespace);
      const figures: Figure[] = [
        { name: `${this.name}, CPU`, kind: "CPU", unit: "µs an event", value: cpuUsPerEvent },
      ];
      // The rate of a replay is the one that was asked for.
      if (!isReplayed)
        figures.push({
          name: `${this.name}, time`,
          kind: "time",
          unit: "µs an event",
          value: 1e6 / eventsPerSecond,
        });
      return figures;
    },
  }));
}

/** A row as a case: a value that is better when it is larger is turned around. */
function caseOf(row: Row, { isQuick, onProgress }: ComparisonSettings): Case {
  return {
    name: row.name,
    async run(executable) {
      try {
        const value = await row.measure({ executable, isQuick, rounds: 1, onProgress });
        const isLarger = "atLeast" in row.goal;
        const unit = isLarger ? "1 over the figure" : row.unit;
        return [{ name: row.name, kind: row.kind, unit, value: isLarger ? 1 / value : value }];
      } catch (error) {
        if (!(error instanceof NotMeasured)) throw error;
        onProgress(`not measured: ${row.name} (${error.message})`);
        return [];
      }
    },
  };
}

/** An executable that failed on a case. */
class CaseFailure extends Error {
  /** Which of the two. */
  readonly side: "own" | "other";

  constructor(side: "own" | "other", cause: unknown) {
    super((cause as Error).message);
    this.side = side;
  }
}

/** Runs both executables on one case, in turns. @throws CaseFailure when one fails. */
async function compareCase(candidate: Case, settings: ComparisonSettings): Promise<ComparedRow[]> {
  const { executable, against, rounds, onProgress } = settings;
  const values = new Map<string, Figure & { own: number[]; other: number[] }>();
  const figuresOf = (side: "own" | "other") =>
    candidate.run(side === "own" ? executable : against).catch((error: unknown) => {
      throw new CaseFailure(side, error);
    });
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["other", "own"] as const) : (["own", "other"] as const);
    for (const side of order) {
      for (const figure of await figuresOf(side)) {
        const row = values.get(figure.name) ?? { ...figure, own: [], other: [] };
        row[side].push(figure.value);
        values.set(figure.name, row);
      }
    }
    onProgress(`${candidate.name}: round ${round + 1}/${rounds}`);
  }
  const both = [...values.values()].filter(({ own, other }) => own.length > 0 && other.length > 0);
  return both.map(({ name, kind, unit, own, other }) => {
    const medians = { own: median(own), other: median(other) };
    return { name, kind, unit, rounds, ...medians, ratio: medians.own / medians.other };
  });
}

/** Runs both on every case. A case on which one of them fails costs that case alone. Never rejects. */
export async function compareCases(
  cases: readonly Case[],
  settings: ComparisonSettings,
): Promise<Comparison> {
  const rows: ComparedRow[] = [];
  const failures: string[] = [];
  for (const candidate of cases) {
    try {
      const compared = await compareCase(candidate, settings);
      rows.push(...compared);
      for (const { name, ratio } of compared) settings.onProgress(`${name}: ${ratio.toFixed(3)}`);
    } catch (error) {
      if (!(error instanceof CaseFailure)) throw error;
      const text = `${candidate.name} (${error.message})`;
      if (error.side === "own") failures.push(text);
      settings.onProgress(
        error.side === "own" ? `failed: ${text}` : `not compared, the other executable failed: ${text}`,
      );
    }
  }
  return { rows, failures };
}

/**
 * Measures what the filter selects.
 * @throws Error when one of the two is missing.
 */
export async function compareExecutables(settings: ComparisonSettings): Promise<Comparison> {
  const { executable, against, isQuick, filter, onProgress } = settings;
  for (const path of [executable, against]) {
    if (!existsSync(path)) throw new Error(`Cannot compare "${path}": no such file`);
  }
  if (!buildNativePrograms()) throw new Error("Cannot compare: the receiver needs a C compiler, install gcc");
  const obstacle = sensorObstacle();
  if (obstacle !== undefined) onProgress(`not measured: sensor (${obstacle.message})`);
  await using namespace = obstacle === undefined ? await LoadNamespace.create() : undefined;
  const cases = [
    ...throughputCases(isQuick),
    ...agentCases(isQuick),
    ...(namespace === undefined ? [] : sensorCases(namespace)),
    ...ROWS.filter((row) => isSelected(row, filter)).map((row) => caseOf(row, settings)),
  ];
  return await compareCases(
    cases.filter(({ name }) => filter.test(name)),
    settings,
  );
}

/** Whether a row is worse than the tolerance of its kind. */
export function isWorse({ kind, ratio }: ComparedRow): boolean {
  return ratio > 1 + TOLERANCE[kind];
}

/** The rows with their verdicts, as Markdown or for a terminal. */
export function renderComparison(rows: readonly ComparedRow[], isMarkdown: boolean): string {
  const number = (value: number) => value.toPrecision(4);
  return renderTable(
    {
      header: ["row", "unit", "other", "own", "ratio", "may be", "verdict"],
      rows: rows.map((row) => [
        row.name,
        row.unit,
        number(row.other),
        number(row.own),
        row.ratio.toFixed(3),
        (1 + TOLERANCE[row.kind]).toFixed(2),
        isWorse(row) ? "worse" : "pass",
      ]),
      left: [0, 1, 6],
    },
    isMarkdown,
  );
}
