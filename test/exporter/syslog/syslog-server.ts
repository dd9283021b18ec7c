/** A syslog server of the tests' own: takes a stream apart as RFC 6587 says. */
import type { Socket, TCPSocketListener } from "bun";

/** How the stream is taken apart. */
export type Framing = "octet-counting" | "newline";

/** Certificates of a server, as PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Who must have signed the client's certificate. */
  readonly ca?: string;
}

/** A server that keeps what it is sent, by connection. */
export class SyslogServer implements Disposable {
  /** Messages of each connection, whole ones. */
  readonly connections: string[][] = [];
  /** Bytes of a message that has not come whole, the latest connection's. */
  rest: Buffer = Buffer.alloc(0);
  readonly #listener: TCPSocketListener<{ messages: string[]; rest: Buffer }>;
  readonly #sockets = new Set<Socket<{ messages: string[]; rest: Buffer }>>();
  #isReading = true;

  constructor(
    framing: Framing = "octet-counting",
    { tls, port = 0 }: { tls?: ServerTls; port?: number } = {},
  ) {
    this.#listener = Bun.listen<{ messages: string[]; rest: Buffer }>({
      hostname: "127.0.0.1",
      port,
      ...(tls !== undefined && {
        tls: {
          cert: tls.cert,
          key: tls.key,
          ...(tls.ca !== undefined && { ca: tls.ca, requestCert: true, rejectUnauthorized: true }),
        },
      }),
      socket: {
        open: (socket) => {
          const messages: string[] = [];
          socket.data = { messages, rest: Buffer.alloc(0) };
          this.connections.push(messages);
          this.#sockets.add(socket);
          if (!this.#isReading) socket.pause();
        },
        data: (socket, chunk) => {
          socket.data.rest = take(Buffer.concat([socket.data.rest, chunk]), framing, socket.data.messages);
          this.rest = socket.data.rest;
        },
        close: (socket) => {
          this.#sockets.delete(socket);
        },
        error() {},
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The address as the exporter takes it. */
  get address(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  /** All messages, in the order of connections. */
  get messages(): string[] {
    return this.connections.flat();
  }

  /** What the messages have behind their headers: the events. */
  get events(): string[] {
    return this.messages.map((message) => message.slice(message.indexOf("] ") + 2));
  }

  /** Reads nothing any more, so that the sender's buffers fill. */
  pause(): void {
    this.#isReading = false;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isReading = true;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Ends all connections, and goes on listening. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}

/** @returns What is left of the bytes. */
function take(bytes: Buffer, framing: Framing, messages: string[]): Buffer {
  let at = 0;
  for (;;) {
    if (framing === "newline") {
      const end = bytes.indexOf(0x0a, at);
      if (end < 0) break;
      messages.push(bytes.toString("utf8", at, end));
      at = end + 1;
      continue;
    }
    const space = bytes.indexOf(0x20, at);
    if (space < 0) break;
    const digits = bytes.toString("latin1", at, space);
    if (!/^[1-9]\d{0,8}$/.test(digits)) throw new Error(`found "${digits}", expected a count of octets`);
    const end = space + 1 + Number(digits);
    if (end > bytes.length) break;
    messages.push(bytes.toString("utf8", space + 1, end));
    at = end;
  }
  return bytes.subarray(at);
}
