/** @module TLS of a server: each connection has that of the moment in which it began. */
import type { Socket, SocketHandler } from "bun";
import type { PeerSession } from "./peer-session.ts";
import type { PeerTls } from "./peer-settings.ts";

/** What the types of Bun's sockets lack: the server's side of TLS on a connection that is there. */
interface SecurableSocket {
  upgradeTLS(options: {
    readonly isServer: true;
    readonly tls: Readonly<Record<string, unknown>>;
    readonly socket: SocketHandler<undefined>;
  }): readonly [raw: Socket<undefined>, secure: Socket<undefined>];
}

/** HTTP/2, as TLS has it in its list of protocols. */
const ALPN = Buffer.from("\x02h2");
/** TLS 1.2 (RFC 9113, section 9.2). */
const MIN_VERSION = 0x0303;

/** Speaks TLS on a connection, and begins its session once both sides are content. */
export function secureSocket(
  raw: Socket<undefined>,
  { cert, key, ca, requiresClient }: PeerTls,
  { session, onInternalError }: { session: PeerSession; onInternalError: (error: unknown) => void },
): void {
  const socket: SocketHandler<undefined> = {
    data: (_, bytes) => session.receive(bytes),
    drain: () => session.drained(),
    close: () => session.closed(),
    error: (_, error) => {
      if (isOfTls(error)) session.refuse(error.message);
      else onInternalError(error);
    },
    handshake(secure, isDone, error) {
      const refusal = isDone ? refusalOf(secure, requiresClient) : (error?.message ?? "TLS handshake failed");
      if (refusal === undefined) session.begin();
      else session.refuse(refusal);
    },
  };
  const tls = {
    cert,
    key,
    ...(ca !== undefined && { ca: [...ca] }),
    requestCert: requiresClient || ca !== undefined,
    rejectUnauthorized: requiresClient,
    ALPNProtocols: ALPN,
    minVersion: MIN_VERSION,
  };
  const [, secure] = (raw as unknown as SecurableSocket).upgradeTLS({ isServer: true, tls, socket });
  session.secured(secure);
}

/** Why a connection whose handshake is over is not taken. */
function refusalOf(socket: Socket<undefined>, requiresClient: boolean): string | undefined {
  if (socket.alpnProtocol !== "h2") return "peer does not speak HTTP/2";
  const hasCertificate = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  if (socket.authorized || !(requiresClient || hasCertificate)) return undefined;
  const reason = hasCertificate ? socket.getAuthorizationError()?.message : "there is none";
  return `client certificate refused: ${reason ?? "unknown reason"}`;
}

function isOfTls(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && /SSL|TLS|EPROTO|CERT/.test(code);
}
