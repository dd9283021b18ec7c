/** @module A connection to one server, which knows how much of what was sent the server's kernel has acknowledged. */
import type { Socket } from "bun";
import type { ClientTls } from "../../lib/client-tls.ts";
import { errorMessage } from "../../os/caught.ts";
import { queuedBytes } from "../../os/send-queue.ts";
import { formatServerAddress, type ServerAddress } from "./server-address.ts";

/** How often acknowledgements are looked for, milliseconds: at first, and at most. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [1, 50];
/** When a silent connection is probed, so that a peer that is gone is noticed. Milliseconds. */
const KEEP_ALIVE_MS = 30_000;
/** As the runtime says that a certificate is for another host. */
const NAME_ERROR = /does not match certificate's altnames|ERR_TLS_CERT_ALTNAME_INVALID/;
/** As it says that a certificate is signed by itself, or by nobody that is known. */
const UNTRUSTED = /^(?:self[- ]signed certificate|unable to (?:get|verify))/i;

/** What a {@link Connection} is made from. */
export interface ConnectionSettings {
  readonly address: ServerAddress;
  readonly tls: ClientTls;
  /** How long the other side may take to answer, or to take anything. Milliseconds. */
  readonly timeoutMs: number;
}

/** An open connection. */
export class Connection {
  readonly description: string;
  readonly #timeoutMs: number;
  readonly #isTls: boolean;
  #socket: Socket | undefined;
  #endedBy: Error | undefined;
  /** Bytes that the kernel has taken of the buffer that is being sent. */
  #written = 0;
  #onChange: (() => void) | undefined;

  private constructor({ address, timeoutMs }: ConnectionSettings) {
    this.description = formatServerAddress(address);
    this.#timeoutMs = timeoutMs;
    this.#isTls = address.isTls;
  }

  /** Connects. @throws Error that says which server, and why not. */
  static async open(settings: ConnectionSettings, signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(settings);
    try {
      await connection.#connect(settings, signal);
      return connection;
    } catch (error) {
      connection.close();
      throw new Error(`${connection.description}: ${inWords(error)}`, { cause: error });
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
        return { acknowledged, error: this.#failure(this.#endedBy?.message ?? "closed") };
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
      if (isWhole) return { acknowledged };
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
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(new Error("stopped"));
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener("abort", onAbort);
    const connecting = Bun.connect({
      hostname: address.host,
      port: address.port,
      ...(address.isTls && { tls: tlsOf(address, tls) }),
      socket: {
        open: (socket) => {
          if (this.#endedBy !== undefined) socket.terminate();
          this.#socket = socket;
          socket.setKeepAlive(true, KEEP_ALIVE_MS);
          socket.unref();
          if (!address.isTls) resolve();
        },
        handshake: (_, isDone, error) => {
          const why = refusalOf({ isDone, error, verification: tls.verification });
          if (why === undefined) resolve();
          else reject(new Error(why));
        },
        // A syslog server says nothing.
        data() {},
        drain: () => this.#onChange?.(),
        end: () => this.#ended("closed by the server"),
        close: (_, error) => {
          this.#ended(error === undefined ? "closed by the server" : errorMessage(error));
          reject(this.#endedBy);
        },
        error: (_, error) => {
          this.#ended(errorMessage(error));
          reject(error);
        },
        connectError: (_, error) => reject(error),
      },
    });
    connecting.catch(reject);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }
}

function tlsOf({ host }: ServerAddress, { ca, cert, key }: ClientTls) {
  return {
    serverName: host,
    // Looked at by `refusalOf`, which can say what is wrong.
    rejectUnauthorized: false,
    ...(ca !== undefined && { ca: [...ca] }),
    ...(cert !== undefined && { cert, key }),
  };
}

/** How a handshake ended. */
interface Handshake {
  readonly isDone: boolean;
  /** What is wrong with the server's certificate; its name is looked at where the rest is right. */
  readonly error: (Error & { readonly code?: string }) | null;
  readonly verification: ClientTls["verification"];
}

/** Why the server is not spoken to. */
function refusalOf({ isDone, error, verification }: Handshake): string | undefined {
  if (error === null) return isDone ? undefined : "the handshake failed";
  const isName = NAME_ERROR.test(error.message);
  if (!isDone && !isName) return inWords(error);
  if (verification === "none" || (isName && verification === "certificate")) return undefined;
  return isName ? `its certificate is for another host (${errorMessage(error)})` : notTrusted(error);
}

function notTrusted(error: unknown): string {
  return `its certificate is not trusted (${errorMessage(error)}): --syslog-tls-ca-files names who may have signed it`;
}

/** An error of a connection, and which option it is about. */
function inWords(error: unknown): string {
  const text = errorMessage(error);
  if (text.includes("WRONG_VERSION_NUMBER")) return `no TLS is spoken there (${text}): tcp:// does without`;
  return UNTRUSTED.test(text) ? notTrusted(error) : text;
}
