/** @module What clients of the API cost the agent whose events they get: UDP's rate beside them, and memory. */
import { prepareFixture } from "../fixture.ts";
import { goProgram } from "../go.ts";
import { type Clients, runServed, type Served } from "../served-agent.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import type { Row, RowSettings } from "./row.ts";

const MB = 1e6;
/** Queue of each client in the row about what it takes beside its queue. */
const QUEUE_MB = 1;
const STUCK = 20;

/** Runs the agent with these clients. */
async function run(settings: RowSettings, clients?: Clients, flags: readonly string[] = []): Promise<Served> {
  const { isQuick, executable } = settings;
  const count = isQuick ? MEDIUM.quickEvents : MEDIUM.events;
  const { path } = prepareFixture({ meanBytes: MEDIUM.meanBytes, count, seed: SEED });
  const served = await runServed({
    executable,
    input: path,
    events: count,
    flags,
    ...(clients && { clients }),
  });
  if (served.lost > 0) throw new Error(`UDP lost ${served.lost} events`);
  return served;
}

/** Events/s over UDP with clients beside it, over UDP alone. */
function besideUdp(
  title: string,
  what: string,
  { clients, least }: { clients: Clients; least: number },
): Row {
  const name = `grpc/udp beside/${title}`;
  return {
    name,
    label: `UDP events/s, 1.8 KB, validated, ${what}, over UDP alone`,
    goal: { atLeast: least },
    kind: "time",
    unit: "",
    digits: 2,
    async measure(settings) {
      const { rounds, onProgress } = settings;
      if (clients.reads === "all") goProgram("grpc-peer");
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const order = [clients, undefined];
        const rates = new Map<Clients | undefined, number>();
        for (const with_ of round % 2 === 0 ? order : order.toReversed())
          rates.set(with_, (await run(settings, with_)).eventsPerSecond);
        const ratio = rates.get(clients)! / rates.get(undefined)!;
        ratios.push(ratio);
        onProgress(`${name}: round ${round + 1}/${rounds}: ${ratio.toFixed(2)}`);
      }
      return median(ratios);
    },
  };
}

/** The largest of all rounds, bytes in millions. */
function memory(
  title: string,
  label: string,
  { atMost, bytes }: { atMost: number; bytes: (settings: RowSettings) => Promise<number> },
): Row {
  const name = `grpc/memory/${title}`;
  return {
    name,
    label,
    goal: { atMost },
    kind: "memory",
    unit: "MB",
    digits: 1,
    async measure(settings) {
      const { rounds, onProgress } = settings;
      let peak = 0;
      for (let round = 0; round < rounds; round++) {
        const value = (await bytes(settings)) / MB;
        peak = Math.max(peak, value);
        onProgress(`${name}: round ${round + 1}/${rounds}: ${value.toFixed(1)} MB`);
      }
      return peak;
    },
  };
}

const METRICS = ["--metrics-server=127.0.0.1:0"];

export const besideEvents: readonly Row[] = [
  besideUdp("one reader", "with a client that reads everything", {
    clients: { count: 1, reads: "all" },
    least: 0.55,
  }),
  besideUdp("ten stuck", "with ten clients that never read", {
    clients: { count: 10, reads: 0 },
    least: 0.95,
  }),
  memory("ten readers", "peak RSS with server, metrics and ten clients that read, UDP beside it", {
    atMost: 130,
    bytes: async (settings) => (await run(settings, { count: 10, reads: "all" }, METRICS)).peakRssBytes,
  }),
  memory("ten slow", "peak RSS with server, metrics and ten clients that read 1 MiB/s, UDP beside it", {
    atMost: 130,
    bytes: async (settings) => (await run(settings, { count: 10, reads: 1024 }, METRICS)).peakRssBytes,
  }),
  memory(
    "one stuck",
    `peak RSS, a client that never reads with a queue of ${QUEUE_MB} MiB: of ${STUCK} for one, over none`,
    {
      atMost: QUEUE_MB + 1,
      async bytes(settings) {
        const flags = [`--event-queue-bytes=${QUEUE_MB}M`];
        const stuck = await run(settings, { count: STUCK, reads: 0 }, flags);
        const none = await run(settings, undefined, flags);
        return (stuck.peakRssBytes - none.peakRssBytes) / STUCK;
      },
    },
  ),
];
