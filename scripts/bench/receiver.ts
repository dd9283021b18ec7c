/** @module Runs the receiver that reads and counts every datagram (native/count.c). */

/** What arrived. */
export interface Receipt {
  readonly count: number;
  readonly bytes: number;
  /** From the first to the last datagram. */
  readonly seconds: number;
}

/** What {@link startReceiver} is given. */
export interface ReceiverSettings {
  readonly program: string;
  /** Datagrams to wait for. */
  readonly expected: number;
  /** How long nothing may arrive after the first datagram, milliseconds. */
  readonly idleMs: number;
}

/** A receiver that runs. */
export interface RunningReceiver {
  readonly port: number;
  /** Resolves when everything has arrived, nothing arrives any more, or {@link stop} was called. */
  readonly receipt: Promise<Receipt>;
  stop(): void;
}

/** Its last line. */
interface CountLine {
  readonly count: number;
  readonly bytes: number;
  readonly first_ns: number;
  readonly last_ns: number;
}

/** What the receiver's last line says. */
export function parseReceipt(line: string): Receipt {
  const { count, bytes, first_ns, last_ns } = JSON.parse(line) as CountLine;
  return { count, bytes, seconds: (last_ns - first_ns) / 1e9 };
}

/** Starts a receiver and waits until it has its port. */
export async function startReceiver({
  program,
  expected,
  idleMs,
}: ReceiverSettings): Promise<RunningReceiver> {
  const child = Bun.spawn([program, String(expected), String(idleMs)], {
    stdin: "ignore",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  const first = await lines.next();
  if (first.done === true) throw new Error(`Cannot start "${program}": it ended with ${await child.exited}`);
  const { port } = JSON.parse(first.value) as { port: number };
  const receipt = (async () => {
    const last = await lines.next();
    await child.exited;
    if (last.done === true)
      throw new Error(`Cannot read what "${program}" counted: it ended with ${child.exitCode}`);
    return parseReceipt(last.value);
  })();
  return { port, receipt, stop: () => child.kill("SIGTERM") };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + Buffer.from(chunk).toString()).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
