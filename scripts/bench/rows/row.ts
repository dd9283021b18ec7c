/** @module A figure that has to reach something, in a file of its own. `index.ts` lists them. */

/** What a row is given. */
export interface RowSettings {
  /** tetrad. */
  readonly executable: string;
  /** Once and small: the figure is not judged. */
  readonly isQuick: boolean;
  /** Rounds that count. */
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}

/** What it must reach. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One figure. */
export interface Row {
  /** `layer/case`, which `--filter` selects by. */
  readonly name: string;
  /** What is measured, as the report has it. */
  readonly label: string;
  readonly goal: Goal;
  /** What it is about, which says how much worse than another executable's it may be with `--against`. */
  readonly kind: "CPU" | "time" | "memory";
  /** Whether it takes so long that it runs only where `--filter` is given. */
  readonly isSlow?: true;
  /** Of the value; nothing for a ratio. */
  readonly unit: string;
  /** After the decimal point. */
  readonly digits: number;
  /**
   * The median of its rounds.
   * @throws NotMeasured where the host lacks something; any other error is a failure of the run.
   */
  measure(settings: RowSettings): Promise<number>;
}

/** Why a row cannot be measured on this host. */
export class NotMeasured extends Error {}

/** What became of a row. */
export interface RowResult {
  readonly name: string;
  readonly label: string;
  /** The goal with its unit. */
  readonly required: string;
  readonly isMet: boolean;
  /** `undefined` where it was not measured, or failed. */
  readonly value: number | undefined;
  /** The value with its unit, or why there is none. */
  readonly text: string;
  readonly failure: string | undefined;
}

/** The value with its unit. */
export function textOf({ unit, digits }: Pick<Row, "unit" | "digits">, value: number): string {
  return `${value.toFixed(digits)} ${unit}`.trimEnd();
}

/** Measures one row; never rejects. */
export async function measureRow(row: Row, settings: RowSettings): Promise<RowResult> {
  const { name, label, goal } = row;
  const bound = "atLeast" in goal ? goal.atLeast : goal.atMost;
  const required = `at ${"atLeast" in goal ? "least" : "most"} ${textOf(row, bound)}`;
  try {
    const value = await row.measure(settings);
    const isMet = "atLeast" in goal ? value >= bound : value <= bound;
    return { name, label, required, isMet, value, text: textOf(row, value), failure: undefined };
  } catch (error) {
    const text = (error as Error).message;
    const failure = error instanceof NotMeasured ? undefined : text;
    return { name, label, required, isMet: false, value: undefined, text, failure };
  }
}

/** Whether the filter selects the row. */
export function isSelected({ name, isSlow }: Row, filter: RegExp): boolean {
  return filter.test(name) && (isSlow !== true || filter.source !== "(?:)");
}
