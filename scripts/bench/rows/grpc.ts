/** @module What serving the stream of events, and following it, costs beside a Go program with the same messages. */
import { prepareFixture } from "../fixture.ts";
import { goProgram } from "../go.ts";
import { writeSensorEvents } from "../sensor-events.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import type { Row, RowSettings } from "./row.ts";

/** Events that are sent in turn. */
const EVENTS = 4096;
/** Messages of a round, to all clients together. */
const MESSAGES = 400_000;
const QUICK_MESSAGES = 4000;
/** Events that each client gets first: a server runs for months, and its first seconds are its compiler's. */
const WARMUP = 100_000;
const QUICK_WARMUP = 1000;

/** What one end did. */
interface Work {
  readonly events: number;
  readonly cpuSeconds: number;
}

/** What a server did. */
interface Served extends Work {
  readonly seconds: number;
}

/** Runs a server, and a client that is given its address. @param warmup Events that the server does not count. @throws Error when events were lost. */
async function serve<Client extends Pick<Work, "events">>(
  command: readonly string[],
  clientAt: (address: string) => string[],
  warmup = 0,
): Promise<{ readonly server: Served; readonly client: Client }> {
  const server = Bun.spawn([...command], { stdout: "pipe", stderr: "inherit" });
  try {
    const output = server.stdout.getReader();
    const { value = new Uint8Array() } = await output.read();
    const decoder = new TextDecoder();
    const address = decoder.decode(value).trim();
    // Each stream ends with a status.
    const child = Bun.spawn(clientAt(address), { stdout: "pipe", stderr: "ignore" });
    let rest = "";
    for (let part = await output.read(); !part.done; part = await output.read())
      rest += decoder.decode(part.value, { stream: true });
    const served = JSON.parse(rest) as Served;
    const client = (await child.stdout.json()) as Client;
    const sent = served.events + warmup;
    if (client.events !== sent) throw new Error(`Sent ${sent} events, and ${client.events} arrived`);
    return { server: served, client };
  } finally {
    server.kill();
    await server.exited;
  }
}

/** The median of all rounds, in which both take turns. */
async function compare<Result>(
  { isQuick, rounds, onProgress }: RowSettings,
  { name, clients }: { readonly name: string; readonly clients: number },
  {
    measure,
    ratioOf,
  }: {
    readonly measure: (who: "ours" | "go", path: string, count: string) => Promise<Result>;
    readonly ratioOf: (ours: Result, go: Result) => number;
  },
): Promise<number> {
  goProgram("grpc-peer");
  const { path } = prepareFixture({ meanBytes: MEDIUM.meanBytes, count: EVENTS, seed: SEED });
  const count = String(Math.ceil((isQuick ? QUICK_MESSAGES : MESSAGES) / clients));
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const results: Partial<Record<"ours" | "go", Result>> = {};
    for (const who of round % 2 === 0 ? (["ours", "go"] as const) : (["go", "ours"] as const))
      results[who] = await measure(who, path, count);
    const ratio = ratioOf(results.ours!, results.go!);
    ratios.push(ratio);
    onProgress(`${name}: round ${round + 1}/${rounds}: ${ratio.toFixed(2)}`);
  }
  return median(ratios);
}

const script = (name: string) => new URL(`../${name}`, import.meta.url).pathname;

const cpu = ({ cpuSeconds, events }: Work): number => cpuSeconds / events;

/** What servers are compared by. */
interface ServerCase {
  readonly name: string;
  readonly clients: number;
  /** Whether events come as lines, or as the sensor's own values. */
  readonly source?: "lines" | "sensor";
}

/** Compares what servers do for Go's client that counts. */
function compareServers(
  settings: RowSettings,
  { name, clients, source = "lines" }: ServerCase,
  ratioOf: (ours: Served, go: Served) => number,
): Promise<number> {
  return compare(
    settings,
    { name, clients },
    {
      ratioOf,
      async measure(who, path, count) {
        const program =
          who === "ours" ? [process.execPath, script("grpc-serve.ts")] : [goProgram("grpc-peer"), "serve"];
        const warmup = settings.isQuick ? QUICK_WARMUP : WARMUP;
        const values = () => (who === "ours" ? "sensor" : writeSensorEvents(EVENTS));
        const { server } = await serve(
          [...program, source === "sensor" ? values() : path, String(clients), count, String(warmup)],
          (address) => [goProgram("grpc-peer"), "count", address, String(clients)],
          warmup * clients,
        );
        return server;
      },
    },
  );
}

/** @param what Where the events come from, and for how many clients, in words. */
function cpuRow(compared: ServerCase, what: string, least: number): Row {
  return {
    name: compared.name,
    label: `GetEvents, 1.8 KB, ${what}, CPU an event: Go's server's over tetrad's`,
    goal: { atLeast: least },
    kind: "CPU",
    unit: "x",
    digits: 2,
    measure: (settings) => compareServers(settings, compared, (ours, go) => cpu(go) / cpu(ours)),
  };
}

const cpuRows = [
  cpuRow({ name: "grpc/stream/cpu/one client", clients: 1 }, "from lines in memory, 1 clients", 1.3),
  cpuRow({ name: "grpc/stream/cpu/10 clients", clients: 10 }, "from lines in memory, 10 clients", 5),
  cpuRow(
    { name: "grpc/stream/cpu/sensor", clients: 1, source: "sensor" },
    "from the sensor's own values in memory, 1 client",
    2,
  ),
];

const rate: Row = {
  name: "grpc/stream/rate",
  label: "GetEvents, 1.8 KB, events/s to one client that counts, over Go's server's",
  goal: { atLeast: 1 },
  kind: "time",
  unit: "",
  digits: 2,
  measure: (settings) =>
    compareServers(
      settings,
      { name: "grpc/stream/rate", clients: 1 },
      (ours, go) => ours.events / ours.seconds / (go.events / go.seconds),
    ),
};

/** What clients do with the stream of Go's server. */
const source: Row = {
  name: "grpc/source/cpu",
  label:
    "Source grpc:, 1.8 KB, stream to JSON bytes, CPU an event: a Go client with Unmarshal and protojson over tetrad",
  goal: { atLeast: 3 },
  kind: "CPU",
  unit: "x",
  digits: 2,
  measure: (settings) =>
    compare<Work>(
      settings,
      { name: "grpc/source/cpu", clients: 1 },
      {
        ratioOf: (ours, go) => cpu(go) / cpu(ours),
        async measure(who, path, count) {
          const program =
            who === "ours"
              ? [process.execPath, script("grpc-follow.ts")]
              : [goProgram("grpc-peer"), "follow"];
          const warmup = settings.isQuick ? QUICK_WARMUP : WARMUP;
          const { client } = await serve<Work>(
            [goProgram("grpc-peer"), "serve", path, "1", count, String(warmup)],
            (address) => [...program, address, String(warmup)],
            warmup,
          );
          return { ...client, events: client.events - warmup };
        },
      },
    ),
};

export const eventStream: readonly Row[] = [...cpuRows, rate, source];
