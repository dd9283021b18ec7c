/** `npm run figures -- --help`. Progress goes to standard error, the table to standard output. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readArguments } from "../arguments.ts";
import { TETRAD } from "../bench/contestants.ts";
import { renderTable } from "../bench/table.ts";
import { compareFigures, type FigureRow, type Figures, isStale, isWorse } from "./figures.ts";
import { countLines, measureExecutable, readMachine } from "./measure.ts";

const HELP = `Measures what dist/tetrad costs and compares it with what is recorded in test/figures/figures.json.

Usage: npm run figures -- [options]

  --check            fail when a figure is worse: instructions and size by 3 %, memory by 10 %
  --update           record what was measured
  --executable=PATH  another tetrad than dist/tetrad
  --baseline=COMMIT  with --update: record the executable as the baseline, built from this commit
  --help

Instructions are counted in a virtual machine whose clocks count them (test/vm/kernel-vm --icount), so they are the same
on a busy host. Lines of rooms are recorded, not judged.
`;
const FILE = new URL("../../test/figures/figures.json", import.meta.url).pathname;

const say = (text: string) => console.error(text);

async function readRecorded(): Promise<Figures | undefined> {
  return existsSync(FILE) ? ((await Bun.file(FILE).json()) as Figures) : undefined;
}

async function record(figures: Figures): Promise<void> {
  mkdirSync(dirname(FILE), { recursive: true });
  await Bun.write(FILE, `${JSON.stringify(figures, undefined, 2)}\n`);
  say(`Recorded in ${FILE}`);
}

function verdictOf(row: FigureRow): string {
  if (row.tolerance === undefined) return row.recorded === row.measured ? "" : "changed";
  if (isWorse(row)) return "worse";
  return isStale(row) ? "better: record it with --update" : "pass";
}

function render(rows: readonly FigureRow[]): string {
  const integer = (value: number) => value.toLocaleString("en");
  return renderTable(
    {
      header: ["figure", "recorded", "measured", "ratio", "verdict"],
      rows: rows.map((row) => [
        row.name,
        integer(row.recorded),
        integer(row.measured),
        row.recorded === 0 ? "" : (row.measured / row.recorded).toFixed(3),
        verdictOf(row),
      ]),
      left: [0, 4],
    },
    false,
  );
}

async function run(): Promise<number> {
  const { values } = readArguments({
    usage: HELP,
    options: {
      check: { type: "boolean", default: false },
      update: { type: "boolean", default: false },
      executable: { type: "string" },
      baseline: { type: "string" },
    },
  });
  const machine = readMachine();
  const recorded = await readRecorded();
  const executable = await measureExecutable(resolve(values.executable ?? TETRAD), say);
  const figures: Figures = {
    machine,
    ...executable,
    lines: await countLines(),
    ...(recorded?.baseline !== undefined && { baseline: recorded.baseline }),
  };
  if (recorded === undefined && values.check) throw new Error(`Nothing is recorded in ${FILE}: use --update`);
  const reference = recorded ?? figures;
  const rows = compareFigures(reference, figures);
  console.log(render(rows));
  console.log(`Linux ${machine.kernel}, QEMU ${machine.qemu}`);
  if (reference.baseline !== undefined) {
    const { commit, ...baseline } = reference.baseline;
    const against = compareFigures({ ...figures, ...baseline }, figures);
    console.log(`\nAgainst the executable of ${commit}, for information:`);
    console.log(render(against.filter(({ tolerance }) => tolerance !== undefined)));
  }
  if (machine.kernel !== reference.machine.kernel || machine.qemu !== reference.machine.qemu) {
    const { kernel, qemu } = reference.machine;
    console.log(`Recorded with Linux ${kernel}, QEMU ${qemu}: part of a difference may be theirs`);
  }
  if (values.update && values.baseline !== undefined) {
    await record({ ...reference, baseline: { commit: values.baseline, ...executable } });
  } else if (values.update) await record(figures);
  return values.check && rows.some(isWorse) ? 1 : 0;
}

process.exit(await run());
