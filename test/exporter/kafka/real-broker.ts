/** A real broker (test/peers/kafka), what reads its topics (Kafka's own consumer), and a proxy that loses answers. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Socket, Subprocess, TCPSocketListener } from "bun";

const PEER = join(import.meta.dir, "../../peers/kafka");
const JARS = join(process.env.PEERS_CACHE ?? join(homedir(), ".cache/peers"), "kafka/lib/*");
/** `Produce` in the head of a request. */
const PRODUCE = 0;

/** How long a broker may take to start on a loaded machine. */
const DEADLINE_MS = 180_000;

/** A port that nobody listens on, nor on the next one, which is the controller's. */
export function freePort(): number {
  for (;;) {
    const first = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = first;
    first.stop();
    try {
      Bun.listen({ hostname: "127.0.0.1", port: port + 1, socket: { data() {} } }).stop();
      return port;
    } catch {}
  }
}

/** Waits until it holds. */
export async function waitFor(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what()}`);
    await Bun.sleep(20);
  }
}

/** What a broker is started with. */
export interface RealBrokerOptions {
  readonly directory: string;
  /** Lines of its properties, which come last. @param port Of its plain listener. */
  properties?(port: number): Promise<readonly string[]>;
  /** Users of SCRAM, as kafka-storage takes them. */
  readonly users?: readonly string[];
}

/** A broker that can be killed. */
export class RealBroker implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #env: Readonly<Record<string, string>>;
  #process: Subprocess | undefined;

  private constructor(port: number, directory: string, env: Readonly<Record<string, string>>) {
    this.port = port;
    this.#directory = directory;
    this.#env = env;
  }

  static async start({ directory, properties, users = [] }: RealBrokerOptions): Promise<RealBroker> {
    const port = freePort();
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "further.properties");
    writeFileSync(file, (await (properties?.(port) ?? [])).map((line) => `${line}\n`).join(""));
    const broker = new RealBroker(port, directory, { KAFKA_PROPERTIES: file, KAFKA_SCRAM: users.join(" ") });
    await broker.revive();
    return broker;
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  /** Starts it, on the same data; resolves when it listens. */
  async revive(): Promise<void> {
    this.#process = Bun.spawn([PEER, String(this.port), join(this.#directory, "data")], {
      env: { ...process.env, ...this.#env },
      stdout: "ignore",
      stderr: Bun.file(join(this.#directory, "broker.log")),
    });
    const hex = this.port.toString(16).toUpperCase().padStart(4, "0");
    const isListening = () =>
      ["/proc/net/tcp", "/proc/net/tcp6"].some(
        (table) => existsSync(table) && new RegExp(`:${hex} 0+:0000 0A`).test(readFileSync(table, "utf8")),
      );
    await waitFor(
      isListening,
      () => `a broker, ${readFileSync(join(this.#directory, "broker.log"), "utf8")}`,
    );
  }

  /** Values of all records of a topic, as Kafka's own consumer prints them: those of each partition in order. */
  async values(topic: string): Promise<string[]> {
    const consumer = Bun.spawn(
      [
        "java",
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        JARS,
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
      ].concat(
        ["--bootstrap-server", `127.0.0.1:${this.port}`, "--topic", topic, "--from-beginning"],
        ["--timeout-ms", "20000", "--formatter-property", "print.partition=false"],
      ),
      { stdout: "pipe", stderr: "ignore" },
    );
    const text = await new Response(consumer.stdout).text();
    return text.trimEnd().split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

interface Pipe {
  other: Socket<Pipe> | undefined;
  readonly early: Buffer[];
  /** What has come of the next request. */
  input: Buffer;
  /** The answer to what was just forwarded is lost. */
  isDoomed: boolean;
}

/** Passes connections on; now and then a request goes through and its answer does not. */
export class LossyProxy implements Disposable {
  /** Answers that were lost. */
  lost = 0;
  /** One of so many; 0 for none. */
  every = 0;
  readonly #listener: TCPSocketListener<Pipe>;
  #requests = 0;

  constructor(to: () => number) {
    const end = (socket: Socket<Pipe>) => void socket.data.other?.terminate();
    this.#listener = Bun.listen<Pipe>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { other: undefined, early: [], input: Buffer.alloc(0), isDoomed: false };
          void this.#connect(socket, to());
        },
        data: (socket, chunk) => {
          this.#look(socket.data, chunk);
          send(socket.data, chunk);
        },
        close: end,
        error: end,
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }

  async #connect(client: Socket<Pipe>, port: number): Promise<void> {
    const end = (socket: Socket<Pipe>) => void socket.data.other?.terminate();
    try {
      client.data.other = await Bun.connect<Pipe>({
        hostname: "127.0.0.1",
        port,
        data: { other: client, early: [], input: Buffer.alloc(0), isDoomed: false },
        socket: {
          data: (server, chunk) => {
            if (!client.data.isDoomed) {
              client.write(chunk);
              return;
            }
            this.lost++;
            client.terminate();
            server.terminate();
          },
          close: end,
          error: end,
        },
      });
      for (const chunk of client.data.early.splice(0)) send(client.data, chunk);
    } catch {
      client.terminate();
    }
  }

  /** Looks for requests to produce. */
  #look(pipe: Pipe, chunk: Buffer): void {
    pipe.input = Buffer.concat([pipe.input, chunk]);
    while (pipe.input.length >= 6) {
      const size = pipe.input.readInt32BE(0) + 4;
      if (pipe.input.length < size) return;
      const isProduce = pipe.input.readInt16BE(4) === PRODUCE;
      pipe.input = Buffer.from(pipe.input.subarray(size));
      if (isProduce && this.every > 0 && ++this.#requests % this.every === 0) pipe.isDoomed = true;
    }
  }
}

/** Passes on; what the kernel does not take at once waits for its turn. */
function send(pipe: Pipe, chunk: Buffer): void {
  const { other, early } = pipe;
  if (other === undefined || early.length > 0) {
    early.push(Buffer.from(chunk));
    if (other !== undefined) flush(pipe);
    return;
  }
  const taken = Math.max(0, other.write(chunk));
  if (taken === chunk.length) return;
  early.push(Buffer.from(chunk.subarray(taken)));
  flush(pipe);
}

function flush(pipe: Pipe): void {
  const { other, early } = pipe;
  while (other !== undefined && early.length > 0) {
    const first = early[0]!;
    const taken = other.write(first);
    if (taken < 0) return;
    if (taken < first.length) {
      early[0] = first.subarray(taken);
      setTimeout(flush, 1, pipe);
      return;
    }
    early.shift();
  }
}
