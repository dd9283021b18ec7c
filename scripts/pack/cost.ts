/**
 * What packing costs at start: `bun scripts/pack/cost.ts PLAIN PACKED [ROUNDS] [-- ARGUMENTS]`
 *
 * Runs both executables in turn, the order reversed each round, after one round that is not counted, and prints the
 * medians of wall time, CPU time and peak RSS side by side, and their differences.
 */
const [plain, packed, count = "60"] = process.argv.slice(2);
const separator = process.argv.indexOf("--");
const args = separator < 0 ? ["version"] : process.argv.slice(separator + 1);
const rounds = Number(count);
if (plain === undefined || packed === undefined || !(rounds > 0)) {
  console.error("Usage: bun scripts/pack/cost.ts PLAIN PACKED [ROUNDS] [-- ARGUMENTS]");
  process.exit(2);
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

function start(path: string): Sample {
  const begin = Bun.nanoseconds();
  const ended = Bun.spawnSync([path, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const wallMs = (Bun.nanoseconds() - begin) / 1e6;
  if (ended.exitCode !== 0) throw new Error(`Cannot measure "${path}": exit code ${ended.exitCode}, needs 0`);
  const { cpuTime, maxRSS } = ended.resourceUsage;
  return { wallMs, cpuMs: Number(cpuTime.total) / 1e3, peakMiB: maxRSS / 1024 / 1024 };
}

function medianOf(samples: readonly Sample[], key: keyof Sample): number {
  const sorted = samples.map((sample) => sample[key]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

const samples = new Map<string, Sample[]>([
  [plain, []],
  [packed, []],
]);
for (let round = 0; round <= rounds; round++) {
  const order = round % 2 === 0 ? [plain, packed] : [packed, plain];
  for (const path of order) {
    const sample = start(path);
    if (round > 0) samples.get(path)!.push(sample);
  }
}

for (const key of ["wallMs", "cpuMs", "peakMiB"] as const) {
  const [before, after] = [medianOf(samples.get(plain)!, key), medianOf(samples.get(packed)!, key)];
  const numbers = [before, after, after - before].map((value) => value.toFixed(2).padStart(8));
  console.log(`${key.padEnd(8)} plain ${numbers[0]}  packed ${numbers[1]}  difference ${numbers[2]}`);
}
