/** @module Exporters into the real things that they are for. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { COLLECTOR, OUTPUTS, SDK } from "../../test/exporter/otlp/collector.ts";
import { type Acceptance, type Outcome, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Of npm, by version: other ones may say other things. */
const SDK_PACKAGES = [
  "@opentelemetry/exporter-logs-otlp-proto@0.301.0",
  "@opentelemetry/sdk-logs@3.1.1",
  "@opentelemetry/resources@3.1.1",
];

/** One receiver: what makes it, and the test file that talks to it. */
interface Part {
  readonly name: string;
  prepare(): void;
  readonly file: string;
}

const PARTS: readonly Part[] = [
  {
    name: "OpenTelemetry Collector",
    prepare: prepareCollector,
    file: "./test/exporter/otlp/collector.acceptance.ts",
  },
  {
    name: "Kafka",
    prepare: prepareKafka,
    file: "./test/exporter/kafka/kafka.acceptance.ts",
  },
];

export const outputs: Acceptance = {
  name: "outputs",
  summary:
    "a real OpenTelemetry Collector, and what the official SDK sends, compared; a real Kafka broker, killed 20 times",
  description: `Builds an OpenTelemetry Collector from the Go module proxy (4 minutes of CPU) and fetches OpenTelemetry's SDK from npm where they
are not there, into ~/.cache/peers/outputs (PEERS_CACHE). Then it sends every recorded event by HTTP and gRPC through the Collector to a receiver
that decodes them, kills the Collector while events are on their way, and compares records with those of the SDK. Takes a minute.
Starts Kafka by test/peers/kafka (mvn and java 17; the first time it fetches 54 MB): users, certificates and rights that are wrong; 20 kills of the
broker and lost answers, after which each event is in the topic once, in order. Takes ten minutes. The environment has another number of
kills: TETRAD_TEST_KILLS.`,
  async run(say) {
    const outcomes: Outcome[] = [];
    for (const { name, prepare, file } of PARTS)
      outcomes.push(
        await timed(name, say, async () => {
          prepare();
          const isGood = run([process.execPath, "test", "--timeout=120000", file], ROOT);
          return { passed: Number(isGood), failed: Number(!isGood), skipped: 0 };
        }),
      );
    return outcomes;
  },
};

function prepareKafka(): void {
  for (const command of ["mvn", "java"])
    if (Bun.which(command) === null) throw new Error(`Cannot start Kafka: there is no ${command}`);
}

function prepareCollector(): void {
  mkdirSync(OUTPUTS, { recursive: true });
  if (!existsSync(COLLECTOR)) {
    if (Bun.which("go") === null) throw new Error("Cannot build a Collector: there is no go");
    const build = ["go", "build", "-ldflags", "-s -w", "-o", COLLECTOR, "."];
    if (!run(build, join(ROOT, "test/peers/otelcol"))) throw new Error("Cannot build a Collector");
  }
  if (existsSync(SDK)) return;
  const prefix = join(OUTPUTS, "sdk");
  mkdirSync(prefix, { recursive: true });
  const install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", prefix, ...SDK_PACKAGES];
  if (!run(install, prefix)) throw new Error("Cannot fetch OpenTelemetry's SDK");
}

function run(command: readonly string[], cwd: string): boolean {
  return Bun.spawnSync([...command], { cwd, stdout: 2, stderr: "inherit" }).exitCode === 0;
}
