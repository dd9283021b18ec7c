/** Benchmarks: `npm run bench -- --help`. Progress goes to standard error, the report to standard output. */
import { compareExecutables, isWorse, renderComparison } from "./compare.ts";
import { TETRAD } from "./contestants.ts";
import { type BenchOptions, HELP, parseOptions } from "./options.ts";
import { profileRow } from "./profile/index.ts";
import { renderReport, renderSummary, replaceFigures } from "./report.ts";
import { findFailures } from "./results.ts";
import { runSuite } from "./suite.ts";

const DOCUMENT = new URL("../../docs/benchmarks.md", import.meta.url).pathname;
const README = new URL("../../README.md", import.meta.url).pathname;

async function writeFigures(path: string, figures: string): Promise<void> {
  await Bun.write(path, replaceFigures(await Bun.file(path).text(), figures));
}

/** Takes turns with another executable; a row that is worse is a failure. */
async function runComparison(options: BenchOptions, against: string): Promise<number> {
  const { rows, failures } = await compareExecutables({
    executable: options.executable ?? TETRAD,
    against,
    rounds: options.rounds,
    isQuick: options.isQuick,
    filter: options.filter,
    onProgress: (text) => console.error(text),
  });
  console.log(
    options.isJson ? JSON.stringify(rows, undefined, 2) : renderComparison(rows, options.isMarkdown),
  );
  for (const failure of failures) console.error(`Failed: ${failure}`);
  return failures.length > 0 || (!options.isQuick && rows.some(isWorse)) ? 1 : 0;
}

/** Takes a row's time apart. */
async function runProfile(options: BenchOptions, row: string): Promise<number> {
  try {
    console.log(await profileRow({ ...options, row, onProgress: (text) => console.error(text) }));
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function runBenchmarks(options: BenchOptions): Promise<number> {
  if (options.profile !== undefined) return runProfile(options, options.profile);
  if (options.against !== undefined) return runComparison(options, options.against);
  const results = await runSuite({ options, onProgress: (text) => console.error(text) });
  if (options.isJson) console.log(JSON.stringify(results, undefined, 2));
  else console.log(renderReport(results, options.isMarkdown));
  if (options.writesDocument) {
    await writeFigures(DOCUMENT, renderReport(results, true));
    await writeFigures(README, renderSummary(results));
  }
  const failures = findFailures(results);
  for (const failure of failures) console.error(`Failed: ${failure}`);
  return failures.length > 0 ? 1 : 0;
}

function readOptions(): BenchOptions | number {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options !== undefined) return options;
    console.log(HELP);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
}

const options = readOptions();
process.exit(typeof options === "number" ? options : await runBenchmarks(options));
