/** @module A connection to one server, which knows how much of what was sent the server's kernel has acknowledged. */
import type { Socket } from "bun";
import type { ClientTls } from "../../lib/client-tls.ts";
import { errorMessage } from "../../os/caught.ts";
import { queuedBytes } from "../../os/send-queue.ts";
import { openSocket } from "../client-socket.ts";
import { formatServerAddress, type ServerAddress } from "../server-address.ts";

/** How often acknowledgements are looked for, milliseconds: at first, and at most. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [1, 50];

/**
 * After the first bytes of a connection without TLS a server that speaks TLS answers with an alert, which comes later than its kernel's
 * acknowledgement. So long it is waited for, once, milliseconds.
 */
const FIRST_ANSWER_MS = 100;
/** How an alert begins: its type, the major version (RFC 8446, 5.1). */
const ALERT = [0x15, 3];
/** A syslog server says nothing. Bytes that are passed over all the same: what speaks another protocol greets, or complains. */
const MOST_HEARD = 64 * 1024;

/** What a {@link Connection} is made from. */
export interface ConnectionSettings {
  readonly address: ServerAddress;
  readonly tls: ClientTls;
  /** How long the other side may take to answer, or to take anything. Milliseconds. */
  readonly timeoutMs: number;
  /** The server ended a connection at once, as one does that is spoken to in plain words and speaks TLS. */
  readonly onEndedAtOnce?: (why: string) => void;
}

/** An open connection. */
export class Connection {
  readonly description: string;
  readonly #timeoutMs: number;
  readonly #isTls: boolean;
  #socket: Socket | undefined;
  #endedBy: Error | undefined;
  /** Whether the server has been given time to say that it speaks TLS. */
  #isHeardOut: boolean;
  #isAlerted = false;
  readonly #onEndedAtOnce: ((why: string) => void) | undefined;
  /** Bytes that the kernel has taken of the buffer that is being sent. */
  #written = 0;
  #heardBytes = 0;
  #onChange: (() => void) | undefined;

  private constructor({ address, timeoutMs, onEndedAtOnce }: ConnectionSettings) {
    this.description = formatServerAddress(address);
    this.#timeoutMs = timeoutMs;
    this.#isTls = address.isTls;
    this.#isHeardOut = address.isTls;
    this.#onEndedAtOnce = onEndedAtOnce;
  }

  /** Connects. @throws Error that says which server, and why not. */
  static async open(settings: ConnectionSettings, signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(settings);
    try {
      await connection.#connect(settings, signal);
      return connection;
    } catch (error) {
      connection.close();
      throw new Error(`${connection.description}: ${errorMessage(error)}`, { cause: error });
    }
  }

  /** Whether nobody has ended it, as far as is known. */
  get isOpen(): boolean {
    return this.#socket !== undefined && this.#endedBy === undefined;
  }

  /**
   * Sends bytes, and waits until the server's kernel has acknowledged them.
   * @returns How many bytes from the front were acknowledged: all, or with an error fewer. Over TLS it is all or none.
   */
  async send(bytes: Uint8Array, signal: AbortSignal): Promise<{ acknowledged: number; error?: Error }> {
    const socket = this.#socket;
    this.#written = 0;
    let acknowledged = 0;
    let progressAt = performance.now();
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_LOOK_MS)) {
      if (socket === undefined || this.#endedBy !== undefined)
        return this.#isAlerted
          ? (await this.#refusal())!
          : { acknowledged, error: this.#failure(this.#endedBy?.message ?? "closed") };
      if (this.#written < bytes.length) {
        const taken = socket.write(bytes, this.#written, bytes.length - this.#written);
        if (taken < 0) return { acknowledged, error: this.#failure("closed") };
        if (taken > 0) pauseMs = FIRST_LOOK_MS;
        this.#written += taken;
      }
      const waiting = queuedBytes((socket as unknown as { fd: number }).fd);
      const isWhole = this.#written === bytes.length && waiting === 0;
      const now = isWhole ? bytes.length : this.#isTls ? 0 : Math.max(0, this.#written - waiting);
      if (now > acknowledged || this.#hasMoved(waiting)) progressAt = performance.now();
      acknowledged = Math.max(acknowledged, now);
      if (isWhole) return (await this.#refusal()) ?? { acknowledged };
      if (signal.aborted) return { acknowledged, error: this.#failure("stopped") };
      if (performance.now() - progressAt > this.#timeoutMs) {
        this.close();
        return { acknowledged, error: this.#failure(`took nothing for ${this.#timeoutMs} ms`) };
      }
      await this.#pause(pauseMs);
    }
  }

  close(): void {
    this.#endedBy ??= new Error("closed");
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  /** Has what was written leave, then closes. */
  end(): void {
    this.#endedBy ??= new Error("closed");
    this.#socket?.end();
    this.#socket = undefined;
  }

  /** What to say of the first bytes where the server shows that it has not read them: it speaks TLS. */
  async #refusal(): Promise<{ acknowledged: 0; error: Error } | undefined> {
    if (this.#isHeardOut && !this.#isAlerted) return undefined;
    this.#isHeardOut = true;
    if (this.#endedBy === undefined && !this.#isAlerted) await this.#pause(FIRST_ANSWER_MS);
    if (this.#isAlerted) {
      this.close();
      return { acknowledged: 0, error: this.#failure("it speaks TLS: put tls:// before its address") };
    }
    if (this.#endedBy !== undefined) this.#onEndedAtOnce?.(this.#endedBy.message);
    return undefined;
  }

  #heard(chunk: Buffer): void {
    this.#heardBytes += chunk.length;
    if (this.#heardBytes > MOST_HEARD) {
      this.#ended("what listens there talks without end: it is no syslog server");
      this.#socket?.terminate();
    }
    // A syslog server says nothing.
    if (this.#isTls || !ALERT.every((byte, i) => chunk[i] === byte)) return;
    this.#isAlerted = true;
    this.#onChange?.();
  }

  #lastWaiting = 0;

  #hasMoved(waiting: number): boolean {
    const hasMoved = waiting !== this.#lastWaiting;
    this.#lastWaiting = waiting;
    return hasMoved;
  }

  #failure(why: string): Error {
    return new Error(`${this.description}: ${why}`);
  }

  /** Until there is room, the connection has ended, or time is up. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      this.#onChange = done;
      function done() {
        clearTimeout(timer);
        resolve();
      }
    });
  }

  #ended(why: string): void {
    this.#endedBy ??= new Error(why);
    this.#onChange?.();
  }

  async #connect({ address, tls, timeoutMs }: ConnectionSettings, signal: AbortSignal): Promise<void> {
    const { isTls, host, port } = address;
    this.#socket = await openSocket(
      { host, port, tls: isTls ? tls : undefined, timeoutMs, prefix: "syslog" },
      {
        data: (chunk) => this.#heard(chunk),
        drain: () => this.#onChange?.(),
        ended: (why) => this.#ended(why),
      },
      signal,
    );
  }
}
