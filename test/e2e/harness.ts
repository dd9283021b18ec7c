/** @module What the end-to-end tests share: the compiled executable, receivers, temporary directories. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { setReceiveBuffer } from "../../src/os/udp-socket.ts";
import { DEADLINE_FACTOR } from "../vm/slow.ts";

const root = join(import.meta.dir, "../..");

/** The executable under test. `npm test` builds it. */
export const TETRAD = join(root, "dist/tetrad");
if (!existsSync(TETRAD)) throw new Error("Cannot find dist/tetrad: run npm run build first");

/** Tetragon's sample events, one a line, no empty last line. */
export const EVENTS_FILE = join(root, "test/fixtures/tetragon-events.jsonl");
export const EVENTS: readonly string[] = readFileSync(EVENTS_FILE, "utf8").trimEnd().split("\n");

/** Below the runner's time-out (scripts/test.ts), so that a test that gives up says what it waited for. */
const DEADLINE_MS = 20_000 * DEADLINE_FACTOR;
const cleanups: (() => void | Promise<void>)[] = [];

/** Has {@link cleanUp} call `cleanup`, last registered first. */
export function onEnd(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

/**
 * Undoes what the test did. Each test file gives it to its own `afterEach`: the runner loads this module once and
 * would otherwise call it for the first file alone.
 */
export async function cleanUp(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) await cleanup();
}

/** Waits until `condition` holds. Throws, naming `what`, when it does not in time. */
export async function until(condition: () => boolean, what: string | (() => string)): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`Gave up waiting: ${typeof what === "string" ? what : what()}`);
    await Bun.sleep(5);
  }
}

/** A directory that is removed after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "tetrad-test-"));
  onEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A UDP receiver that keeps every datagram as text. */
export class TestReceiver {
  readonly datagrams: string[] = [];
  /** The datagrams without `agent_init`. */
  readonly events: string[] = [];
  readonly #socket: Awaited<ReturnType<typeof Bun.udpSocket>>;

  private constructor(socket: Awaited<ReturnType<typeof Bun.udpSocket>>) {
    this.#socket = socket;
  }

  /** @param port 0 for any. */
  static async open({ hostname = "127.0.0.1", port = 0 } = {}): Promise<TestReceiver> {
    let receiver: TestReceiver | undefined;
    const socket = await Bun.udpSocket({
      hostname,
      port,
      binaryType: "buffer",
      socket: {
        data(_socket, data) {
          if (receiver !== undefined) receiver.#take(data.toString());
        },
      },
    });
    setReceiveBuffer((socket as unknown as { fd: number }).fd, 64 * 1024 * 1024);
    receiver = new TestReceiver(socket as Awaited<ReturnType<typeof Bun.udpSocket>>);
    onEnd(() => receiver?.close());
    return receiver;
  }

  get port(): number {
    return this.#socket.port;
  }

  #take(text: string): void {
    this.datagrams.push(text);
    if (!text.includes('"event":"agent_init"')) this.events.push(text);
  }

  /** Waits until `count` datagrams have come. */
  async waitFor(count: number): Promise<void> {
    await until(
      () => this.datagrams.length >= count,
      () => `${count} datagrams, ${this.datagrams.length} came`,
    );
  }

  close(): void {
    if (!this.#socket.closed) this.#socket.close();
  }
}

/** A port on loopback that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1" });
  const { port } = socket;
  socket.close();
  return port;
}

/** A running `tetrad`. */
export interface RunningAgent {
  readonly process: Subprocess<"pipe", "pipe", "pipe">;
  /** The log so far. */
  readonly log: () => string;
  readonly stdout: () => string;
  /** Waits for the end. @returns The exit code. */
  readonly exit: () => Promise<number>;
  /** Waits until the log contains `text`. */
  readonly logged: (text: string) => Promise<void>;
}

async function collect(stream: ReadableStream<Uint8Array>, chunks: string[]): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) chunks.push(decoder.decode(chunk, { stream: true }));
}

/**
 * Starts `dist/tetrad` with `args`, in an empty environment; killed after the test if it still runs.
 * @param prefix A command that runs it, such as `nsenter ... --`.
 */
export function startTetrad(
  args: readonly string[],
  { env = {}, cwd = "/" as string, prefix = [] as readonly string[] } = {},
): RunningAgent {
  const child = Bun.spawn([...prefix, TETRAD, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env,
    cwd,
  });
  const [out, err]: [string[], string[]] = [[], []];
  const drained = Promise.all([collect(child.stdout, out), collect(child.stderr, err)]);
  onEnd(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await child.exited;
    if (/Internal error|\binternal_error"?[=:][1-9]/.test(log()))
      throw new Error(`The agent had an error of its own:\n${log()}`);
  });
  const log = () => err.join("");
  return {
    process: child,
    log,
    stdout: () => out.join(""),
    async exit() {
      const code = await child.exited;
      await drained;
      return code;
    },
    logged: (text) =>
      until(
        () => log().includes(text),
        () => `${JSON.stringify(text)} in the log:\n${log()}`,
      ),
  };
}

/** Writes lines to an agent's standard input, which stays open. */
export async function feed({ process }: RunningAgent, lines: readonly string[]): Promise<void> {
  process.stdin.write(`${lines.join("\n")}\n`);
  await process.stdin.flush();
}

/** Runs `dist/tetrad` to its end with `input` on stdin. */
export async function runTetrad(
  args: readonly string[],
  { input = "" as string | Uint8Array, env = {}, cwd = "/" } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const agent = startTetrad(args, { env, cwd });
  agent.process.stdin.write(input);
  agent.process.stdin.end();
  const code = await agent.exit();
  return { code, stdout: agent.stdout(), stderr: agent.log() };
}

/** The counters in the log's last line, by name. */
export function totalsIn(log: string): Record<string, number> {
  const line = log.split("\n").findLast((text) => text.includes('msg="Agent stopped"'));
  if (line === undefined) throw new Error(`No totals in the log:\n${log}`);
  const totals: Record<string, number> = {};
  for (const [, name, value] of line.matchAll(/ (\w+)=(\d+)(?= |$)/g)) totals[name!] = Number(value);
  return totals;
}
