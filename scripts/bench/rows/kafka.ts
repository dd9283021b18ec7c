/** @module Events into a real Kafka broker, over what librdkafka gets into it in the same run. */
import { readFileSync } from "node:fs";
import { prepareFixture, WORK_DIRECTORY } from "../fixture.ts";
import { buildProducer, startKafka } from "../kafka-broker.ts";
import { MeasuredProcess, type Usage } from "../measured-process.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import type { Row, RowSettings } from "./row.ts";

/** What one run came to. */
interface Run extends Usage {
  readonly eventsPerSecond: number;
}

/** Runs a command that sends all events of the file. @throws Error when it fails. */
async function send(command: readonly string[], count: number): Promise<Run> {
  const logPath = `${WORK_DIRECTORY}kafka.log`;
  const began = performance.now();
  const child = new MeasuredProcess({ command: [...command], logPath });
  const exitCode = await child.exited;
  const seconds = (performance.now() - began) / 1000;
  if (exitCode !== 0)
    throw new Error(`${command[0]} ended with ${exitCode}: ${readFileSync(logPath, "utf8").slice(-500)}`);
  return { ...child.usage(), eventsPerSecond: count / seconds };
}

/** Median of the ratios of all rounds, tetrad over librdkafka, which take turns. */
async function measure(
  { executable, isQuick, rounds, onProgress }: RowSettings,
  name: string,
  figure: (run: Run) => number,
): Promise<number> {
  const producer = buildProducer();
  const { meanBytes, events, quickEvents } = MEDIUM;
  const { path, count } = prepareFixture({ meanBytes, count: isQuick ? quickEvents : events, seed: SEED });
  await using broker = await startKafka(producer);
  const ours = [
    ...[executable, `--event-source=file:${path}`, "--from-beginning", "--exit-at-end"],
    ...[`--kafka-brokers=${broker.address}`, "--kafka-topic=ours"],
  ];
  const theirs = [producer, broker.address, "theirs", "minikube", path];
  // Neither has to wait for its topic.
  for (const command of [ours, theirs]) await send(command, count);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const runs = new Map<readonly string[], Run>();
    for (const command of round % 2 === 0 ? [ours, theirs] : [theirs, ours])
      runs.set(command, await send(command, count));
    const ratio = figure(runs.get(ours)!) / figure(runs.get(theirs)!);
    ratios.push(ratio);
    onProgress(`${name}: round ${round + 1}/${rounds}: ${ratio.toFixed(2)}`);
  }
  return median(ratios);
}

const RATE = "kafka/over librdkafka";
const CPU = "kafka/CPU over librdkafka";

const rate: Row = {
  name: RATE,
  label: "events/s into Kafka over librdkafka's (1.8 KB, acks=all, idempotent, zstd)",
  goal: { atLeast: 1 },
  kind: "time",
  isSlow: true,
  unit: "",
  digits: 2,
  measure: (settings) => measure(settings, RATE, ({ eventsPerSecond }) => eventsPerSecond),
};

const cpu: Row = {
  name: CPU,
  label: "CPU of an agent that reads a file and writes it to Kafka, over that of librdkafka",
  goal: { atMost: 1 },
  kind: "CPU",
  isSlow: true,
  unit: "",
  digits: 2,
  measure: (settings) => measure(settings, CPU, ({ cpuSeconds }) => cpuSeconds),
};

export const kafka: readonly Row[] = [rate, cpu];
