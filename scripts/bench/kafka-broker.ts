/** @module A real Kafka broker that producers send to, and a producer by librdkafka that tetrad is compared with. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { WORK_DIRECTORY } from "./fixture.ts";
import { NotMeasured } from "./rows/row.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PATIENCE_MS = 180_000;
const HEADER = "/usr/include/librdkafka/rdkafka.h";

/** A broker on loopback. */
export interface KafkaBroker extends AsyncDisposable {
  readonly address: string;
}

/** Starts one; resolves when it takes records. @throws NotMeasured where it cannot be had. */
export async function startKafka(producer: string): Promise<KafkaBroker> {
  for (const command of ["mvn", "java"])
    if (Bun.which(command) === null) throw new NotMeasured(`Kafka needs ${command}`);
  const directory = mkdtempSync(`${WORK_DIRECTORY}kafka-`);
  const port = freePort();
  const log = Bun.file(join(directory, "log"));
  const child = Bun.spawn([join(ROOT, "test/peers/kafka"), String(port), join(directory, "data"), "1g"], {
    stdout: log,
    stderr: log,
  });
  const address = `127.0.0.1:${port}`;
  const first = join(directory, "first.jsonl");
  await Bun.write(first, "{}\n");
  const deadline = performance.now() + PATIENCE_MS;
  // It waits until the broker is there.
  while ((await Bun.spawn([producer, address, "first", "key", first], { stderr: "ignore" }).exited) !== 0)
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`Kafka did not start: ${await log.text()}`);
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Builds the producer by librdkafka. @returns Its path. @throws NotMeasured where there is no library or compiler. */
export function buildProducer(): string {
  const compiler = Bun.which("gcc") ?? Bun.which("cc");
  if (compiler === null || !existsSync(HEADER))
    throw new NotMeasured("the producer that it is compared with needs gcc and librdkafka-dev");
  const source = new URL("native/kafka-produce.c", import.meta.url).pathname;
  const program = `${WORK_DIRECTORY}kafka-produce`;
  const command = [compiler, "-O2", "-Wall", "-Wextra", "-o", program, source, "-lrdkafka"];
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`Cannot build "${source}":\n${stderr.toString()}`);
  return program;
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop();
  return port;
}
