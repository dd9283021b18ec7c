/**
 * @module Listens for HTTP/2, plain or within TLS, and bounds what strangers can take: connections, handshakes that never
 * end, peers that have gone silently. What floods a connection (pings, settings, resets, headers without end) the
 * runtime's own HTTP/2 notices and ends.
 */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server, Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { PeerLimits } from "./limits.ts";
import { PeerSession } from "./peer-session.ts";

/** A place to listen on. */
export type ListenPlace =
  | { readonly host: string; readonly port: number }
  /** Made with permissions for owner and group. */
  | { readonly path: string };

/** TLS of a server, as PEM. */
export interface PeerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who may have signed clients' certificates; absent: clients are not asked for one. */
  readonly ca?: readonly Buffer[];
  /** Whether a client has to show a certificate. With `ca`, one that is shown must be good in any case. */
  readonly requiresClient: boolean;
}

interface TlsContext {
  readonly context: SecureContext;
  readonly asksClient: boolean;
  readonly requiresClient: boolean;
}

/** What a server is given. */
export interface PeerServerSettings {
  readonly limits: PeerLimits;
  readonly tls: PeerTls | undefined;
  /** Takes each new stream. */
  readonly onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: string) => void;
  /** Takes what went wrong with a peer, for the log: it may be often. */
  readonly onTrouble: (peer: string, reason: string) => void;
}

/** The modules of the runtime that a server needs: megabytes that a run without a server does without. */
interface Modules {
  readonly net: typeof import("node:net");
  readonly http2: typeof import("node:http2");
  readonly tls: typeof import("node:tls") | undefined;
}

/** What the types of a server hide: it takes a socket from elsewhere as its own. */
interface Adopting {
  emit(event: "connection", socket: Socket): boolean;
}

/** Connections that the kernel keeps until they are taken. */
const BACKLOG = 128;
/** Header fields of one call. */
const MAX_HEADERS = 64;

/** A server of HTTP/2. Made once, opened once. */
export class PeerServer {
  readonly #settings: PeerServerSettings;
  readonly #modules: Modules;
  readonly #sessions = new Set<PeerSession>();
  readonly #ofHttp2 = new WeakMap<object, PeerSession>();
  readonly #server: Server;
  readonly #http2: Http2Server;
  #context: TlsContext | undefined;
  /** Connections that came before {@link open}: nothing of them is read. */
  readonly #waiting = new Set<Socket>();
  #isOpen = false;
  /** Whose HTTP/2 is beginning. */
  #adopting: PeerSession | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(settings: PeerServerSettings, modules: Modules) {
    this.#settings = settings;
    this.#modules = modules;
    this.#http2 = this.#createHttp2();
    if (settings.tls !== undefined) this.useTls(settings.tls);
    this.#server = modules.net.createServer({ pauseOnConnect: true, noDelay: true }, (socket) =>
      this.#take(socket),
    );
  }

  /** Loads what it needs. Listens on nothing yet. @throws What the TLS library says of keys and certificates. */
  static async create(settings: PeerServerSettings): Promise<PeerServer> {
    const [net, http2, tls] = await Promise.all([
      import("node:net"),
      import("node:http2"),
      settings.tls === undefined ? undefined : import("node:tls"),
    ]);
    return new PeerServer(settings, { net, http2, tls });
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sessions.size;
  }

  /**
   * Listens. Peers wait until {@link open}.
   * @returns The port, where there is one.
   * @throws The system's error, such as `EADDRINUSE`.
   */
  listen(place: ListenPlace): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    this.#server.once("error", reject);
    this.#server.listen({ ...place, backlog: BACKLOG }, () => {
      this.#server.off("error", reject);
      // A connection that cannot be taken is lost, and no more.
      this.#server.on("error", (error) => this.#settings.onTrouble("", error.message));
      const address = this.#server.address();
      resolve(typeof address === "object" && address !== null ? address.port : undefined);
    });
    return promise;
  }

  /** Lets peers in. */
  open(): void {
    this.#isOpen = true;
    for (const socket of this.#waiting) this.#admit(socket);
    this.#waiting.clear();
    const { keepaliveMs, keepaliveTimeoutMs } = this.#settings.limits;
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const session of this.#sessions) session.checkAlive(now);
    }, Math.min(keepaliveMs, keepaliveTimeoutMs) / 4);
    this.#timer.unref();
  }

  /** Shows this certificate from now on; connections that there are go on. @throws As {@link create}. */
  useTls({ requiresClient, ...files }: PeerTls): void {
    const context = this.#modules.tls!.createSecureContext({
      ...files,
      ca: files.ca && [...files.ca],
      minVersion: "TLSv1.2",
    });
    this.#context = { context, requiresClient, asksClient: requiresClient || files.ca !== undefined };
  }

  /** Takes no new connections and calls, and tells peers so. */
  leave(): void {
    this.#server.close();
    for (const session of this.#sessions) session.leave();
  }

  /** Closes everything at once. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
    for (const session of this.#sessions) session.destroy();
  }

  #take(socket: Socket): void {
    socket.on("error", () => {});
    if (this.#isOpen) this.#admit(socket);
    else if (this.#waiting.size >= this.#settings.limits.connections) socket.destroy();
    else {
      this.#waiting.add(socket);
      socket.on("close", () => this.#waiting.delete(socket));
    }
  }

  #admit(socket: Socket): void {
    const { limits, onTrouble } = this.#settings;
    if (this.#sessions.size >= limits.connections && !this.#evict()) {
      onTrouble(socket.remoteAddress ?? "unix", `more than ${limits.connections} connections`);
      socket.destroy();
      return;
    }
    const session: PeerSession = new PeerSession(socket, limits, (reason) => onTrouble(session.peer, reason));
    this.#sessions.add(session);
    socket.on("close", () => this.#sessions.delete(session));
    if (this.#context === undefined) this.#adopt(socket, session);
    else this.#secure(socket, session, this.#context);
  }

  #secure(raw: Socket, session: PeerSession, { context, requiresClient, asksClient }: TlsContext): void {
    const { onTrouble } = this.#settings;
    const socket = new this.#modules.tls!.TLSSocket(raw, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: ["h2"],
      requestCert: asksClient,
      rejectUnauthorized: requiresClient,
    });
    const refuse = (reason: string) => {
      onTrouble(session.peer, reason);
      session.destroy();
    };
    socket.on("error", (error) => refuse(error.message));
    socket.once("secure", () => {
      const refusal = refusalOf(socket, requiresClient);
      if (refusal === undefined) this.#adopt(socket, session);
      else refuse(refusal);
    });
    raw.resume();
  }

  /** Hands a socket that is ready to HTTP/2. */
  #adopt(socket: Socket, session: PeerSession): void {
    this.#adopting = session;
    (this.#http2 as unknown as Adopting).emit("connection", socket);
    this.#adopting = undefined;
    socket.resume();
  }

  /** Makes room: the connection goes that has had no call for longest. @returns Whether there was one. */
  #evict(): boolean {
    let oldest: PeerSession | undefined;
    for (const session of this.#sessions) {
      if (session.calls > 0) continue;
      if (oldest === undefined || session.idleSince < oldest.idleSince) oldest = session;
    }
    if (oldest === undefined) return false;
    this.#sessions.delete(oldest);
    oldest.destroy();
    return true;
  }

  #createHttp2(): Http2Server {
    const { limits, onTrouble, onStream } = this.#settings;
    const server = this.#modules.http2.createServer({
      settings: {
        maxConcurrentStreams: limits.callsPerConnection,
        maxHeaderListSize: limits.headerBytes,
        enablePush: false,
      },
      maxHeaderListPairs: MAX_HEADERS,
    });
    server.on("session", (http2) => {
      const session = this.#adopting;
      if (session === undefined) return;
      this.#ofHttp2.set(http2, session);
      session.attach(http2);
    });
    server.on("sessionError", (error) => onTrouble("", error.message));
    server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const session = stream.session && this.#ofHttp2.get(stream.session);
      session?.note(stream);
      onStream(stream, headers, session?.peer ?? "");
    });
    return server;
  }
}

/** Why a connection whose handshake is over is not taken. */
function refusalOf(socket: TLSSocket, requiresClient: boolean): string | undefined {
  if (socket.alpnProtocol !== "h2") return "peer does not speak HTTP/2";
  const hasCertificate = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  if (socket.authorized || !(requiresClient || hasCertificate)) return undefined;
  return `client certificate refused: ${String(socket.authorizationError ?? "there is none")}`;
}
