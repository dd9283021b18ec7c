/** @module What an exporter module costs the agent, and what one that misbehaves costs UDP. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConsola } from "consola/core";
import { OPTION_TABLE, type OptionValues } from "../../../src/agent/option-table.ts";
import { EventBatch } from "../../../src/event/batch.ts";
import { module } from "../../../src/exporter/module/definition.ts";
import { createExporterCounters } from "../../../src/telemetry/counters.ts";
import { tetrad, validating } from "../contestants.ts";
import { MEDIUM } from "../sizes.ts";
import { median } from "../statistics.ts";
import { rateRow } from "./rates.ts";
import type { Row } from "./row.ts";

/** What a module is that takes all events and does nothing with them. */
const NULL_MODULE = "export default { export() {} };\n";
const BATCH = 500;
/** As 1.8 KB events are. */
const EVENT_BYTES = 1800;
const [EVENTS, QUICK_EVENTS] = [1_000_000, 20_000];

/** How fast events are handed over, and what it takes of this process's processor time. */
interface HandOver {
  readonly eventsPerSecond: number;
  /** Microseconds an event. */
  readonly cpu: number;
}

/** A directory that nobody else may write, with a module in it. */
function moduleFile(text: string): { readonly path: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-bench-"));
  const path = join(directory, "module.ts");
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

/** One batch of a source. */
function batch(): EventBatch {
  const line = `${JSON.stringify({ process_exec: { process: { arguments: "x".repeat(EVENT_BYTES) } } })}\n`;
  const made = new EventBatch(Buffer.from(line.repeat(BATCH)));
  for (let i = 0; i < BATCH; i++) made.push(i * line.length, (i + 1) * line.length, i + 1);
  return made;
}

/** Hands events to a module by the exporter alone: no source, no pipeline. */
async function handOver(count: number): Promise<HandOver> {
  using file = moduleFile(NULL_MODULE);
  const values = {
    ...OPTION_TABLE.defaults,
    "export-module": file.path,
    "export-module-when-full": "block",
  } as OptionValues;
  const counters = createExporterCounters();
  const exporter = await module.create({
    name: "module",
    values,
    queue: { maxEvents: values["event-queue-size"], maxBytes: values["event-queue-bytes"] },
    counters,
    log: createConsola({ level: -1 }),
    metadata: undefined,
    facts: undefined as never,
    followed: undefined,
  });
  await exporter.start();
  exporter.begin();
  const events = batch();
  const send = async (until: number) => {
    for (let sent = counters.exported; sent < until; sent += BATCH) {
      exporter.write(events as never);
      await exporter.ready();
    }
    while (counters.exported < until) await Bun.sleep(1);
  };
  // What the runtime compiles while it runs is compiled by then.
  await send(BATCH * 40);
  const [from, before, start] = [counters.exported, process.cpuUsage(), performance.now()];
  await send(from + count);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  await exporter.stop(AbortSignal.timeout(5000));
  return { eventsPerSecond: count / seconds, cpu: (user + system) / count };
}

function handOverRow(
  row: Pick<Row, "name" | "label" | "goal" | "kind" | "unit" | "digits">,
  of: (h: HandOver) => number,
): Row {
  return {
    ...row,
    async measure({ isQuick, rounds, onProgress }) {
      const figures: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const measured = await handOver(isQuick ? QUICK_EVENTS : EVENTS);
        figures.push(of(measured));
        onProgress(
          `${row.name}: round ${round + 1}/${rounds}: ${Math.round(measured.eventsPerSecond)} events/s, ${measured.cpu.toFixed(2)} us`,
        );
      }
      return median(figures);
    },
  };
}

/** UDP beside a module that does such a thing, over UDP alone. */
function beside(does: string, text: string, ...flags: readonly string[]): Row {
  const file = moduleFile(text);
  process.on("exit", () => file[Symbol.dispose]());
  return rateRow({
    name: `module/UDP beside one that ${does}`,
    label: `events/s over UDP beside a module that ${does}, over UDP alone, 1.8 KB`,
    goal: { atLeast: 0.95 },
    size: MEDIUM,
    contestants: ({ executable }) => [
      tetrad({
        executable,
        id: "tetrad-module",
        label: `tetrad, a module ${does}`,
        looksFor: "valid events",
        flags: [`--export-module=${file.path}`, "--shutdown-timeout=100ms", ...flags],
      }),
      validating(executable),
    ],
  });
}

export const moduleRows: readonly Row[] = [
  handOverRow(
    {
      name: "module/hand over",
      label: "events/s handed over to an exporter module, 1.8 KB, no source and no pipeline",
      goal: { atLeast: 500_000 },
      kind: "time",
      unit: "events/s",
      digits: 0,
    },
    ({ eventsPerSecond }) => eventsPerSecond,
  ),
  handOverRow(
    {
      name: "module/CPU",
      label: "processor time of the agent for an event that is handed over to a module",
      goal: { atMost: 1.3 },
      kind: "CPU",
      unit: "us",
      digits: 2,
    },
    ({ cpu }) => cpu,
  ),
  beside(
    "throws at every second event",
    "let n = 0; export default { export(b) { for (let i = 0; i < b.length; i++) { if (n++ % 2) throw new Error('no'); b.acknowledge(i + 1); } } };\n",
  ),
  beside("loops", "export default { export() { for (;;); } };\n", "--export-module-timeout=1s"),
  beside(
    "eats memory",
    "export default { export() { const all = []; for (;;) all.push(Buffer.alloc(1e6, 1)); } };\n",
    "--export-module-max-memory=200M",
  ),
];
