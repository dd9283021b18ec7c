/** @module What serving the stream of events costs beside a Go server of the same API. */
import { prepareFixture } from "../fixture.ts";
import { goProgram } from "../go.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import type { Row, RowSettings } from "./row.ts";

/** Events that are sent in turn. */
const EVENTS = 4096;
/** Messages of a round, to all clients together. */
const MESSAGES = 400_000;
const QUICK_MESSAGES = 4000;

/** What a server did. */
interface Served {
  readonly events: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/** Runs a server and Go's client against it. @throws Error when events were lost. */
async function serve(command: readonly string[], clients: number): Promise<Served> {
  const server = Bun.spawn([...command], { stdout: "pipe", stderr: "inherit" });
  try {
    const output = server.stdout.getReader();
    const { value = new Uint8Array() } = await output.read();
    const decoder = new TextDecoder();
    const address = decoder.decode(value).trim();
    const client = Bun.spawn([goProgram("grpc-peer"), "count", address, String(clients)], {
      stdout: "pipe",
      // Each stream ends with a status.
      stderr: "ignore",
    });
    let rest = "";
    for (let part = await output.read(); !part.done; part = await output.read())
      rest += decoder.decode(part.value, { stream: true });
    const served = JSON.parse(rest) as Served;
    const counted = (await client.stdout.json()) as { readonly events: number };
    if (counted.events !== served.events)
      throw new Error(`Sent ${served.events} events, and ${counted.events} arrived`);
    return served;
  } finally {
    server.kill();
    await server.exited;
  }
}

/** The median of all rounds, in which both take turns. */
async function compare(
  { isQuick, rounds, onProgress }: RowSettings,
  { name, clients }: { readonly name: string; readonly clients: number },
  ratioOf: (ours: Served, go: Served) => number,
): Promise<number> {
  const peer = goProgram("grpc-peer");
  const { path } = prepareFixture({ meanBytes: MEDIUM.meanBytes, count: EVENTS, seed: SEED });
  const count = String(Math.ceil((isQuick ? QUICK_MESSAGES : MESSAGES) / clients));
  const script = new URL("../grpc-serve.ts", import.meta.url).pathname;
  const commands = {
    ours: [process.execPath, script, path, String(clients), count],
    go: [peer, "serve", path, String(clients), count],
  };
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const results: Partial<Record<keyof typeof commands, Served>> = {};
    for (const who of round % 2 === 0 ? (["ours", "go"] as const) : (["go", "ours"] as const))
      results[who] = await serve(commands[who], clients);
    const ratio = ratioOf(results.ours!, results.go!);
    ratios.push(ratio);
    onProgress(`${name}: round ${round + 1}/${rounds}: ${ratio.toFixed(2)}`);
  }
  return median(ratios);
}

function cpuRow(clients: number, least: number): Row {
  const name = `grpc/stream/cpu/${clients === 1 ? "one client" : `${clients} clients`}`;
  return {
    name,
    label: `GetEvents, 1.8 KB, from lines in memory, ${clients} clients, CPU an event: Go's server's over tetrad's`,
    goal: { atLeast: least },
    kind: "CPU",
    unit: "x",
    digits: 2,
    measure: (settings) =>
      compare(
        settings,
        { name, clients },
        (ours, go) => go.cpuSeconds / go.events / (ours.cpuSeconds / ours.events),
      ),
  };
}

const rate: Row = {
  name: "grpc/stream/rate",
  label: "GetEvents, 1.8 KB, events/s to one client that counts, over Go's server's",
  goal: { atLeast: 1 },
  kind: "time",
  unit: "",
  digits: 2,
  measure: (settings) =>
    compare(
      settings,
      { name: "grpc/stream/rate", clients: 1 },
      (ours, go) => ours.events / ours.seconds / (go.events / go.seconds),
    ),
};

export const eventStream: readonly Row[] = [cpuRow(1, 1.3), cpuRow(10, 5), rate];
