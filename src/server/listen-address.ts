/** @module Where a server listens, as its option says it. */
import { isSocketPath } from "../lib/grpc/target.ts";
import { parseHostPort } from "../lib/text/host-port.ts";

/** An address to listen on. */
export type ListenAddress =
  /** `host` is empty for all addresses of this machine. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | {
      readonly kind: "unix";
      readonly path: string;
    };

const UNIX = "unix://";

/** `host:port`, `:port`, `[address]:port` or `unix:///path`; `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith(UNIX)) {
    const path = text.slice(UNIX.length);
    return isSocketPath(path) ? { kind: "unix", path } : undefined;
  }
  const parsed = parseHostPort(text);
  if (parsed === undefined || (parsed.isBracketed && !parsed.host.includes(":"))) return undefined;
  const { host, port } = parsed;
  return { kind: "tcp", host, port };
}

/** What {@link parseListenAddress} takes, to follow "expected". */
export const LISTEN_ADDRESS = "host:port, :port or unix:///path";
