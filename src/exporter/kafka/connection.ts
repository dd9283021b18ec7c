/** @module One connection to a broker: requests leave one behind the other, and their answers come in the same order. */
import type { Socket } from "bun";
import { ProtocolError, Reader } from "../../lib/kafka/wire.ts";
import { openSocket, type SocketSettings } from "../client-socket.ts";

/** The largest answer that is read, bytes: metadata of some hundred thousand partitions. */
const MOST_ANSWER_BYTES = 8 * 1024 ** 2;
const SIZE_BYTES = 4;
/** A size, and the number of the request. */
const LEAST_ANSWER_BYTES = 4;

/** A request whose answer is waited for. */
interface Asked {
  readonly number: number;
  readonly resolve: (answer: Reader) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** An open connection. Once it has ended it stays so. */
export class Connection {
  /** Answers that have come. */
  answers = 0;
  readonly #timeoutMs: number;
  readonly #asked: Asked[] = [];
  #socket: Socket | undefined;
  #endedBy: string | undefined;
  /** What the kernel has not taken yet, and how much of the first it has. */
  readonly #output: Uint8Array[] = [];
  #taken = 0;
  /** What has come of the next answer. */
  #input: Buffer[] = [];
  #inputBytes = 0;
  #number = 0;

  private constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Connects. It may have ended when this resolves. @throws Error that says why it cannot, without a name. */
  static async open(settings: SocketSettings, signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(settings.timeoutMs);
    connection.#socket = await openSocket(
      settings,
      {
        data: (chunk) => connection.#data(chunk),
        drain: () => connection.#flush(),
        ended: (why) => connection.end(why),
      },
      signal,
    );
    return connection;
  }

  /** Requests without an answer. */
  get pending(): number {
    return this.#asked.length;
  }

  /** Why it has ended; `undefined` while it has not. */
  get endedBy(): string | undefined {
    return this.#endedBy;
  }

  /** The number that the next request has to have. */
  nextNumber(): number {
    this.#number = (this.#number + 1) & 0x7fffffff;
    return this.#number;
  }

  /**
   * Sends a request, which has {@link nextNumber}.
   * @param frame With its size. It must stay as it is. @returns The answer without size and number.
   */
  ask(frame: Uint8Array, number: number): Promise<Reader> {
    if (this.#endedBy !== undefined) return Promise.reject(new Error(this.#endedBy));
    const { promise, resolve, reject } = Promise.withResolvers<Reader>();
    const timer = setTimeout(() => this.end(`no answer within ${this.#timeoutMs} ms`), this.#timeoutMs);
    this.#asked.push({ number, resolve, reject, timer });
    this.#output.push(frame);
    this.#flush();
    return promise;
  }

  /** Ends it: nobody gets an answer any more. */
  end(why: string): void {
    if (this.#endedBy !== undefined) return;
    this.#endedBy = why;
    this.#socket?.terminate();
    this.#socket = undefined;
    this.#output.length = 0;
    this.#input = [];
    for (const { reject, timer } of this.#asked.splice(0)) {
      clearTimeout(timer);
      reject(new Error(why));
    }
  }

  #flush(): void {
    while (this.#output.length > 0 && this.#socket !== undefined) {
      const first = this.#output[0]!;
      const written = this.#socket.write(first, this.#taken, first.length - this.#taken);
      if (written < 0) {
        this.end("closed");
        return;
      }
      this.#taken += written;
      if (this.#taken < first.length) return;
      this.#output.shift();
      this.#taken = 0;
    }
  }

  #data(chunk: Buffer): void {
    this.#input.push(chunk);
    this.#inputBytes += chunk.length;
    try {
      while (this.#endedBy === undefined && this.#takeAnswer());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(error.message);
    }
  }

  /** @returns Whether there was a whole one. */
  #takeAnswer(): boolean {
    if (this.#inputBytes < SIZE_BYTES) return false;
    if (this.#input[0]!.length < SIZE_BYTES) this.#input = [Buffer.concat(this.#input)];
    const size = this.#input[0]!.readInt32BE(0);
    if (size < LEAST_ANSWER_BYTES || size > MOST_ANSWER_BYTES)
      throw new ProtocolError("its answer is none of Kafka's");
    const end = SIZE_BYTES + size;
    if (this.#inputBytes < end) return false;
    const all = this.#input.length === 1 ? this.#input[0]! : Buffer.concat(this.#input);
    const rest = all.subarray(end);
    this.#input = rest.length > 0 ? [rest] : [];
    this.#inputBytes = rest.length;
    this.#answered(new Reader(all.subarray(SIZE_BYTES, end)));
    return true;
  }

  #answered(answer: Reader): void {
    const number = answer.int32();
    const asked = this.#asked[0];
    if (asked?.number !== number) throw new ProtocolError("it answered what was not asked");
    this.#asked.shift();
    clearTimeout(asked.timer);
    this.answers++;
    asked.resolve(answer);
  }
}
