/** @module A client's connection to a server: found, opened, kept alive, and why it failed in words that help. */
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { ipVersion } from "../../os/ip-address.ts";
import { takenBytes } from "../../os/taken-bytes.ts";
import { formatTarget, type Target } from "./target.ts";

/** What a connection came to grief by. */
export type ConnectionProblem = "name" | "refused" | "unreachable" | "tls" | "protocol" | "time" | "lost";

/** There is no connection. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly problem: ConnectionProblem;

  constructor(problem: ConnectionProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** TLS of a client, as PEM. */
export interface ClientTls {
  /** Who may have signed the server's certificate. @default the host's authorities */
  readonly ca?: readonly Buffer[];
  /** What the client shows, and its key. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** The name that the certificate must have. @default the host of the address */
  readonly serverName?: string;
  /** Takes any certificate. */
  readonly skipsVerification?: boolean;
  /** Takes a certificate for any name. */
  readonly skipsName?: boolean;
}

/** What {@link connect} is given. */
export interface ConnectSettings {
  readonly target: Target;
  readonly tls?: ClientTls | undefined;
  /** Bytes that a server may send ahead, of one call and of all. */
  readonly windowBytes: number;
  /** How long the name's look-up, TCP, TLS and HTTP/2 may take, milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The kernel asks a peer that is silent for so long whether it is there, milliseconds. */
const TCP_KEEPALIVE_MS = 30_000;

/** An open connection. */
export interface Connection {
  readonly session: ClientHttp2Session;
  /** Bytes that were read of it so far; `undefined` where nobody counts them, as of Unix sockets. */
  takenBytes(): number | undefined;
}

/**
 * Opens a connection. The name is looked up anew.
 * @throws ConnectionError with a message that says what to do.
 */
export async function connect(settings: ConnectSettings): Promise<Connection> {
  const { target, tls, windowBytes, timeoutMs, signal } = settings;
  const http2 = await import("node:http2");
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
  const where = formatTarget(target);
  const opened = await openSocket(target, tls);
  const { socket } = opened;
  const authority = target.kind === "unix" ? "localhost" : where;
  const session = http2.connect(`${tls === undefined ? "http" : "https"}://${authority}`, {
    createConnection: () => socket,
    settings: { initialWindowSize: windowBytes, enablePush: false },
  });
  const fail = (problem: ConnectionProblem, why: string) => {
    reject(new ConnectionError(problem, `Cannot connect to ${where}: ${why}`));
  };
  const timer = setTimeout(() => fail("time", `no answer for ${timeoutMs / 1000} s`), timeoutMs);
  const onAbort = () => fail("lost", "the run ends");
  signal.addEventListener("abort", onAbort);
  const onError = (error: NodeJS.ErrnoException) => {
    const [problem, why] = explain(error, { target, isTls: tls !== undefined, isOpen: opened.isOpen });
    fail(problem, why);
  };
  socket.on("error", onError);
  session.on("error", onError);
  socket.on("close", () => {
    const [problem, why] = explainEnd(tls !== undefined, opened.isOpen);
    fail(problem, why);
  });
  // The server's settings are the first that it says.
  session.once("remoteSettings", () => resolve(session));
  session.once("connect", () => session.setLocalWindowSize(windowBytes));
  try {
    if (signal.aborted) onAbort();
    return { session: await promise, takenBytes: () => takenBytesOf(socket) };
  } catch (error) {
    session.destroy();
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** A socket, and whether the way to the peer is open: TCP's, or TLS's where that is spoken. */
interface OpenedSocket {
  readonly socket: Socket;
  readonly isOpen: () => boolean;
}

async function openSocket(target: Target, tls: ClientTls | undefined): Promise<OpenedSocket> {
  const net = await import("node:net");
  let isOpen = false;
  const plain = net.connect(
    target.kind === "unix" ? { path: target.path } : { host: target.host, port: target.port },
  );
  plain.setNoDelay(true);
  plain.setKeepAlive(true, TCP_KEEPALIVE_MS);
  const onOpen = () => {
    isOpen = true;
  };
  if (tls === undefined) {
    plain.once("connect", onOpen);
    return { socket: plain, isOpen: () => isOpen };
  }
  const { connect: connectTls } = await import("node:tls");
  const { ca, cert, key, serverName, skipsVerification = false, skipsName = false } = tls;
  const host = target.kind === "tcp" ? target.host : "localhost";
  const options: ConnectionOptions = {
    socket: plain,
    ALPNProtocols: ["h2"],
    host: serverName ?? host,
    rejectUnauthorized: !skipsVerification,
    ...(skipsName && { checkServerIdentity: () => undefined }),
    ...((serverName !== undefined || ipVersion(host) === undefined) && { servername: serverName ?? host }),
    ...(ca !== undefined && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  const socket = connectTls(options);
  socket.once("secureConnect", onOpen);
  plain.on("error", (error) => socket.destroy(error));
  return { socket, isOpen: () => isOpen };
}

/** The runtime reads the socket past its events: only the kernel knows how much. */
function takenBytesOf(socket: Socket): number | undefined {
  const fd = (socket as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  return fd === undefined || fd < 0 ? undefined : takenBytes(fd);
}

/** How far a connection was. */
interface Progress {
  readonly target: Target;
  readonly isTls: boolean;
  readonly isOpen: () => boolean;
}

/** What an error of a socket or session means. */
function explain(
  error: NodeJS.ErrnoException,
  { target, isTls, isOpen }: Progress,
): [ConnectionProblem, string] {
  const { code = "" } = error;
  const host = target.kind === "tcp" ? target.host : "";
  if (/^(?:ENOTFOUND|EAI_|DNS_|ENODATA|ESERVFAIL|ETIMEOUT|EREFUSED)/.test(code))
    return ["name", `could not resolve host ${host} (${code})`];
  if (code === "ECONNREFUSED") return ["refused", `connection refused: ${explainRefusal(target)}`];
  if (code === "ENOENT") return ["refused", "there is no such socket"];
  if (code === "EACCES" || code === "EPERM") return ["refused", `not permitted (${code})`];
  if (isOpen()) return explainEnd(isTls, isOpen);
  if (/^(?:ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/.test(code))
    return ["unreachable", `no way there (${code})`];
  if (isTls && code === "ERR_SSL_WRONG_VERSION_NUMBER")
    return ["tls", `TLS: what listens there speaks no TLS (${code})`];
  if (isTls && code !== "ECONNRESET") return ["tls", `TLS: ${error.message} (${code})`];
  return explainEnd(isTls, isOpen);
}

function explainRefusal(target: Target): string {
  if (target.kind === "unix") return "no server has the socket open";
  if (isLoopback(target.host))
    return "nothing listens on that port of this host: no agent runs here, or its --server-address is another one";
  return "nothing listens on that port there, or the server listens on localhost only, which is Tetragon's default";
}

/** Whether the name or address is this host's own, as text: nothing is looked up. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (ipVersion(host) === 4 && host.startsWith("127."));
}

/** What the end of a connection means that has not come to its first call. */
function explainEnd(isTls: boolean, isOpen: () => boolean): [ConnectionProblem, string] {
  if (isTls && !isOpen())
    return [
      "tls",
      "the connection ended within TLS's handshake: the server may speak no TLS, or want a certificate",
    ];
  return [
    "protocol",
    isTls
      ? "what listens there is no gRPC server, since it speaks no HTTP/2, or wants a client certificate, which it does not get or take"
      : "what listens there is no gRPC server, or one that wants TLS: it speaks no plain HTTP/2",
  ];
}
