/** @module What turning events into protobuf, and back, costs beside protobuf's own runtime and Go's. */
import { prepareFixture } from "../fixture.ts";
import { goProgram } from "../go.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

/** Events that all take in turn, and how many a slice is. */
const EVENTS = 4096;
const SLICE = 16_384;
const QUICK_SLICE = 256;
/** What the compilers need before: functions as large as these are compiled late. */
const WARM_UP = 160_000;
const WAYS = ["encode", "decode"] as const;

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
  const peers = ["tetrad", "protobuf-es"].map((who) => new Peer(who, [process.execPath, script, who, path]));
  try {
    peers.push(new Peer("go", [goProgram("protobuf-codec"), path]));
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    onProgress(error.message);
  }
  const results = new Map<string, number[]>();
  try {
    for (const peer of peers) for (const what of WAYS) await peer.ask(what, isQuick ? QUICK_SLICE : WARM_UP);
    for (let round = 0; round < rounds; round++) {
      for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
        for (const what of WAYS) {
          const time = await peer.ask(what, isQuick ? QUICK_SLICE : SLICE);
          const key = `${peer.name} ${what}`;
          results.set(key, [...(results.get(key) ?? []), time]);
        }
      }
    }
  } finally {
    for (const peer of peers) peer.end();
  }
  return Object.fromEntries([...results].map(([name, times]) => [name, median(times)]));
}

/** A contestant, in a process of its own. */
class Peer {
  readonly name: string;
  readonly #child;
  readonly #answers;

  constructor(name: string, command: string[]) {
    this.name = name;
    this.#child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#answers = this.#child.stdout.getReader();
  }

  /** CPU time of one event, nanoseconds. */
  async ask(what: string, events: number): Promise<number> {
    this.#child.stdin.write(`${what} ${events}\n`);
    await this.#child.stdin.flush();
    const { value } = await this.#answers.read();
    const time = Number(new TextDecoder().decode(value));
    if (!(time > 0)) throw new Error(`Cannot measure ${this.name}: it has ended`);
    return time;
  }

  end(): void {
    this.#child.kill();
  }
}

function ratio(what: "encode" | "decode", peer: "protobuf-es" | "go", least: number): Row {
  const [from, to] = what === "encode" ? ["JSON", "protobuf"] : ["protobuf", "JSON"];
  const other = peer === "go" ? "Go's protojson's" : "protobuf-es'";
  return {
    name: `grpc/${from.toLowerCase()}-to-${to.toLowerCase()}/${peer}`,
    label: `${from} bytes to ${to} bytes, CPU, 1.8 KB: ${other} over tetrad's`,
    goal: { atLeast: least },
    kind: "CPU",
    unit: "x",
    digits: 1,
    async measure(settings) {
      const times = await measureAll(settings);
      const theirs = times[`${peer} ${what}`];
      if (theirs === undefined) throw new NotMeasured("Go's side could not be built");
      return theirs / times[`tetrad ${what}`]!;
    },
  };
}

export const jsonToProtobuf: readonly Row[] = [ratio("encode", "protobuf-es", 6), ratio("encode", "go", 6)];
export const protobufToJson: readonly Row[] = [ratio("decode", "protobuf-es", 3), ratio("decode", "go", 3.5)];
