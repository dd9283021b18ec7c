/** @module Connects to a server over TCP or TLS, and says what is wrong with its certificate in words that name the option. */
import type { Socket } from "bun";
import type { ClientTls } from "../lib/client-tls.ts";
import { errorCode, errorMessage } from "../os/caught.ts";

/** When a silent connection is probed, so that a peer that is gone is noticed. Milliseconds. */
const KEEP_ALIVE_MS = 30_000;
/** As the runtime says that a certificate is for another host. */
const NAME_ERROR = /does not match certificate's altnames|ERR_TLS_CERT_ALTNAME_INVALID/;
/** As it says that a certificate is signed by itself, or by nobody that is known. */
const UNTRUSTED = /^(?:self[- ]signed certificate|unable to (?:get|verify))/i;

/** Why there is no connection, by the system's name for it. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused: nobody listens there",
  ECONNRESET: "the connection was reset",
  ETIMEDOUT: "the connection timed out: nobody answers there",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  EADDRNOTAVAIL: "there is no address or port to connect from",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "the name cannot be looked up at present",
};

/** As it says what servers say of clients' certificates (RFC 8446, section 6.2). */
const CERTIFICATE_ALERT = /_ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA)/;
/** As it says that a certificate is right but for its dates. */
const DATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
};

/** Where a server is, and how it is spoken to. */
export interface SocketSettings {
  readonly host: string;
  readonly port: number;
  /** @default no TLS */
  readonly tls: ClientTls | undefined;
  /** How long it may take until the connection is there. Milliseconds. */
  readonly timeoutMs: number;
  /** That of the options of TLS, which messages name. */
  readonly prefix: string;
}

/** What happens on a connection. */
export interface SocketHandlers {
  data(chunk: Buffer): void;
  /** What was written has left; there is room for more. */
  drain(): void;
  /** Nothing comes or goes any more. May be called twice. */
  ended(why: string): void;
}

/** Connects; TLS has been spoken when it resolves. @throws Error that says why not, without the server's name. */
export async function openSocket(
  settings: SocketSettings,
  handlers: SocketHandlers,
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const { timeoutMs } = settings;
  let isOver = false;
  let opened: Socket | undefined;
  const onAbort = () => reject(new Error("stopped"));
  const timer = setTimeout(() => reject(new Error(silence(opened !== undefined, timeoutMs))), timeoutMs);
  signal.addEventListener("abort", onAbort);
  connect(settings, {
    opened(socket) {
      opened = socket;
      if (isOver) socket.terminate();
    },
    ready: resolve,
    failed: reject,
    ...handlers,
  });
  try {
    return await promise;
  } catch (error) {
    isOver = true;
    opened?.terminate();
    throw new Error(inWords(error, settings.prefix), { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** @param isOpen Whether the connection is there: then it is TLS that nobody answers. */
function silence(isOpen: boolean, timeoutMs: number): string {
  const what = isOpen ? "it takes connections and does not answer in TLS, no answer" : "no answer";
  return `${what} within ${timeoutMs} ms`;
}

interface ConnectHandlers extends SocketHandlers {
  opened(socket: Socket): void;
  ready(socket: Socket): void;
  failed(error: unknown): void;
}

function connect({ host, port, tls, prefix }: SocketSettings, handlers: ConnectHandlers): void {
  const end = (reason: string) => {
    const why = inWords(reason, prefix);
    handlers.ended(why);
    handlers.failed(new Error(why));
  };
  const connecting = Bun.connect({
    hostname: host,
    port,
    ...(tls !== undefined && { tls: tlsOf(host, tls) }),
    socket: {
      open(socket) {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.unref();
        handlers.opened(socket);
        if (tls === undefined) handlers.ready(socket);
      },
      handshake(socket, isDone, error) {
        const why = refusalOf({ isDone, error, verification: tls?.verification }, prefix);
        if (why === undefined) handlers.ready(socket);
        else handlers.failed(new Error(why));
      },
      data: (_, chunk) => handlers.data(chunk),
      drain: () => handlers.drain(),
      end: () => end("closed by the server"),
      close: (_, error) => end(error === undefined ? "closed by the server" : errorMessage(error)),
      error: (_, error) => end(errorMessage(error)),
      connectError: (_, error) => handlers.failed(error),
    },
  });
  connecting.catch(handlers.failed);
}

function tlsOf(host: string, { ca, cert, key }: ClientTls) {
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
function refusalOf({ isDone, error, verification }: Handshake, prefix: string): string | undefined {
  if (error === null) return isDone ? undefined : "the handshake failed";
  const isName = NAME_ERROR.test(error.message);
  if (!isDone && !isName) return inWords(error, prefix);
  if (verification === "none" || (isName && verification === "certificate")) return undefined;
  if (isName) return `its certificate is for another host (${errorMessage(error)})`;
  return DATES[error.code ?? ""] ?? notTrusted(error, prefix);
}

function notTrusted(error: unknown, prefix: string): string {
  return `its certificate is not trusted (${errorMessage(error)}): --${prefix}-tls-ca-files names who may have signed it`;
}

/** An error of a connection, and which option it is about. */
function inWords(error: unknown, prefix: string): string {
  const text = errorMessage(error);
  if (CERTIFICATE_ALERT.test(text))
    return `the server wants a certificate, or another one, --${prefix}-tls-cert-file (${text})`;
  const code = errorCode(error) ?? "";
  const cause = CAUSES[code];
  if (cause !== undefined) return `${cause} (${code})`;
  if (code !== "" && !text.includes(code)) return `${text} (${code})`;
  if (text.includes("WRONG_VERSION_NUMBER"))
    return `no TLS is spoken there (${text}): an address without tls:// does without`;
  return UNTRUSTED.test(text) ? notTrusted(error, prefix) : text;
}
