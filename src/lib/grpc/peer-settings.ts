/** @module What a server of HTTP/2 is given. */
import type { HeaderMap } from "../http2/request-headers.ts";
import type { ServerStream } from "../http2/server-stream.ts";
import type { PeerLimits } from "./limits.ts";

/** TLS of a server, as PEM. */
export interface PeerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who may have signed clients' certificates; absent: clients are not asked for one. */
  readonly ca?: readonly Buffer[];
  /** Whether a client has to show a certificate. With `ca`, one that is shown must be good in any case. */
  readonly requiresClient: boolean;
}

/** What a server is given. */
export interface PeerServerSettings {
  readonly limits: PeerLimits;
  readonly tls: PeerTls | undefined;
  /** Takes each new stream. */
  readonly onStream: (stream: ServerStream, headers: HeaderMap, peer: string) => void;
  /** Takes what went wrong with a peer, for the log: it may be often. */
  readonly onTrouble: (peer: string, reason: string) => void;
  /** Takes an error of our own, which ended a connection. */
  readonly onInternalError: (error: unknown) => void;
}
