/** @module What turning events into protobuf, and back, costs beside protobuf's own runtime and Go's. */
import { prepareFixture } from "../fixture.ts";
import { goCodec } from "../go.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

/** Events that all take in turn, and how many a slice is. */
const EVENTS = 4096;
const SLICE = 16_384;
const QUICK_SLICE = 256;

/** CPU time of each contestant, nanoseconds an event. */
type Times = Readonly<Record<string, number>>;

/** All are measured in turns, so that one run is for all rows. */
let measured: { readonly settings: RowSettings; readonly times: Promise<Times> } | undefined;

function measureAll(settings: RowSettings): Promise<Times> {
  if (measured?.settings !== settings) measured = { settings, times: runAll(settings) };
  return measured.times;
}

async function runAll({ isQuick, rounds, onProgress }: RowSettings): Promise<Times> {
  const { path } = prepareFixture({ meanBytes: MEDIUM.meanBytes, count: EVENTS, seed: SEED });
  const script = new URL("../protobuf-codec.ts", import.meta.url).pathname;
  const command = [process.execPath, script, path, String(rounds), String(isQuick ? QUICK_SLICE : SLICE)];
  try {
    command.push(goCodec());
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    onProgress(error.message);
  }
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [output, failure] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`Cannot measure the codec: ${failure.trim()}`);
  return JSON.parse(output) as Times;
}

function ratio(what: "encode" | "decode", peer: "es" | "go", least: number): Row {
  const [from, to] = what === "encode" ? ["JSON", "protobuf"] : ["protobuf", "JSON"];
  const other = peer === "es" ? "protobuf-es'" : "Go's protojson's";
  return {
    name: `grpc/${from.toLowerCase()}-to-${to.toLowerCase()}/${peer === "es" ? "protobuf-es" : "go"}`,
    label: `${from} bytes to ${to} bytes, CPU, 1.8 KB: ${other} over tetrad's`,
    goal: { atLeast: least },
    kind: "CPU",
    unit: "x",
    digits: 1,
    async measure(settings) {
      const times = await measureAll(settings);
      const theirs = times[`${peer} ${what}`];
      if (theirs === undefined) throw new NotMeasured("Go's side could not be built");
      return theirs / times[what]!;
    },
  };
}

export const jsonToProtobuf: readonly Row[] = [ratio("encode", "es", 6), ratio("encode", "go", 6)];
export const protobufToJson: readonly Row[] = [ratio("decode", "es", 3), ratio("decode", "go", 3.5)];
