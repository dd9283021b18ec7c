/** @module Options of `npm run bench`. */
import { parseArgs } from "node:util";

/** What a run is to do. */
export interface BenchOptions {
  /** Everything once and small: for CI. */
  readonly isQuick: boolean;
  readonly isMarkdown: boolean;
  readonly isJson: boolean;
  /** Put the report into docs/benchmarks.md too. */
  readonly writesDocument: boolean;
  /** Rounds that count, of every contestant. */
  readonly rounds: number;
  /** tetrad: another than the one that was built, to compare the two. */
  readonly executable: string | undefined;
  /** Another tetrad that takes turns with the first one: only rows that run an executable are measured, both ways. */
  readonly against: string | undefined;
  /** A row whose time is to be taken apart; nothing else is done then. */
  readonly profile: string | undefined;
  /** What is run, by its `layer/case`. */
  readonly filter: RegExp;
}

export const HELP = `Measures tetrad, what could be used instead of it, and the limit of the machine.

Usage: npm run bench -- [options]

  --filter=REGEX     only what is named so: layer/case, as in throughput/1.8 KB, start/, memory/, sensor/, event/
  --rounds=N         rounds of each contestant (default 3; with --against 9)
  --quick            everything once and small, for CI: fails on lost events and crashes, judges no figure
  --executable=PATH  another tetrad than dist/tetrad, to compare the two
  --against=PATH     take turns with another tetrad, order reversed each round (default 9 rounds), and judge each row:
                     CPU within 3 %, time and memory within 10 % of the other's median
  --profile=ROW      where the time of a row goes, by system call (root) and by function; ROW as in
                     throughput/1.8 KB/tetrad-full
  --markdown         report as Markdown
  --json             results as JSON
  --write            also put the report into docs/benchmarks.md, its summary into README.md
  --help

The exit code is 1 when tetrad lost an event or something crashed; a figure that is below its requirement is reported.
`;

function toFilter(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new TypeError(`Cannot use --filter "${text}": needs a regular expression`);
  }
}

/**
 * Reads the command line.
 * @returns `undefined` when help is asked for.
 * @throws TypeError for options that are not there or values that do not fit.
 */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      executable: { type: "string" },
      against: { type: "string" },
      profile: { type: "string" },
      filter: { type: "string", default: "" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const usual = values.against === undefined ? "3" : "9";
  const rounds = values.rounds ?? (values.quick ? "1" : usual);
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new TypeError(`Cannot use --rounds "${rounds}": needs 1 to 999`);
  return {
    isQuick: values.quick,
    isMarkdown: values.markdown,
    isJson: values.json,
    writesDocument: values.write,
    rounds: Number(rounds),
    executable: values.executable,
    against: values.against,
    profile: values.profile,
    filter: toFilter(values.filter),
  };
}
