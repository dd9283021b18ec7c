/** @module What documents of the Elastic Common Schema cost, and how large they are. */
import { prepareFixture } from "../fixture.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import type { Row, RowSettings } from "./row.ts";

const EVENTS = 2048;
const SLICE = 8192;
const QUICK_SLICE = 128;
/** What the compilers need before. */
const WARM_UP = 60_000;

type Result = Readonly<Record<"parse" | "fast" | "unknown" | "general" | "size", number>>;

/** All are measured in turns, so that one run is for all rows. */
let measured: { readonly settings: RowSettings; readonly result: Promise<Result> } | undefined;

function measureAll(settings: RowSettings): Promise<Result> {
  if (measured?.settings !== settings) measured = { settings, result: run(settings) };
  return measured.result;
}

async function run({ isQuick, rounds }: RowSettings): Promise<Result> {
  const { path } = prepareFixture({ meanBytes: MEDIUM.meanBytes, count: EVENTS, seed: SEED });
  const script = new URL("../ecs-codec.ts", import.meta.url).pathname;
  const [slice, warmUp] = isQuick ? [QUICK_SLICE, QUICK_SLICE] : [SLICE, WARM_UP];
  const command = [process.execPath, script, path, ...[slice, rounds, warmUp].map(String)];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await new Response(child.stdout).text()) as Result;
}

function ratio(way: "fast" | "general", most: number): Row {
  const lines = way === "fast" ? "lines that are known to be valid" : "by the description";
  return {
    name: `formats/ecs/${way}`,
    label: `ECS documents, 1.8 KB, ${lines}: CPU over decoding and JSON.parse`,
    goal: { atMost: most },
    kind: "CPU",
    unit: "x",
    digits: 2,
    async measure(settings) {
      const result = await measureAll(settings);
      settings.onProgress(`lines of which nothing is known: ${(result.unknown / result.parse).toFixed(2)} x`);
      return result[way] / result.parse;
    },
  };
}

export const ecsFast: Row = ratio("fast", 0.7);
export const ecsGeneral: Row = ratio("general", 4.5);

/** Of real events: those of the benchmarks are filled up with arguments. */
export const ecsSize: Row = {
  name: "formats/ecs/size",
  label: "ECS documents over their events, real ones: bytes",
  goal: { atMost: 2.5 },
  kind: "memory",
  unit: "x",
  digits: 2,
  async measure(settings) {
    return (await measureAll(settings)).size;
  },
};
