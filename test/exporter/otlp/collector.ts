/** A real OpenTelemetry Collector, which hands on what it takes: for `npm run acceptance -- outputs`, which builds it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";

/** Where commands and packages are that acceptance runs need. */
export const OUTPUTS = join(process.env.PEERS_CACHE ?? join(homedir(), ".cache/peers"), "outputs");
export const COLLECTOR = join(OUTPUTS, "otelcol");
/** The official SDK. */
export const SDK = join(OUTPUTS, "sdk/node_modules");

/** A Collector on ports of its own. */
export class Collector implements AsyncDisposable {
  readonly http: string;
  readonly grpc: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "tetrad-collector-"));
  #process: Subprocess<"ignore", "pipe", "pipe"> | undefined;

  private constructor(to: string | undefined, ports: readonly [number, number], receiver: object) {
    const [http, grpc] = ports.map((port) => `127.0.0.1:${port}`) as [string, string];
    [this.http, this.grpc] = [`http://${http}`, `http://${grpc}`];
    const exporter = to === undefined ? "nop" : "otlp_http";
    const pipeline = { receivers: ["otlp"], exporters: [exporter] };
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: http, ...receiver }, grpc: { endpoint: grpc } } } },
      exporters: {
        [exporter]:
          to === undefined ? null : { endpoint: to, compression: "none", sending_queue: { enabled: false } },
      },
      service: {
        telemetry: { metrics: { level: "none" } },
        pipelines: { logs: pipeline, traces: pipeline, metrics: pipeline },
      },
    };
    writeFileSync(join(this.#directory, "config.yaml"), JSON.stringify(config));
  }

  /** @param to Where it hands on what it takes; nowhere if not given. @param receiver Further settings of its HTTP server. */
  static async start(to?: string, receiver: object = {}): Promise<Collector> {
    const collector = new Collector(to, [freePort(), freePort()], receiver);
    await collector.start();
    return collector;
  }

  async start(): Promise<void> {
    const child = Bun.spawn([COLLECTOR, "--config", join(this.#directory, "config.yaml")], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#process = child;
    let log = "";
    const decoder = new TextDecoder();
    for await (const piece of child.stderr) {
      log += decoder.decode(piece, { stream: true });
      if (log.includes("Everything is ready")) break;
    }
    if (!log.includes("Everything is ready")) throw new Error(`The Collector has ended:\n${log}`);
  }

  get pid(): number {
    return this.#process!.pid;
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A port that nobody listens on. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
