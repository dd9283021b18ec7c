/** @module Where a server listens, as its option says it. */
import { isHost } from "../lib/text/host.ts";

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
    // struct sockaddr_un has room for so many bytes and a NUL (linux/un.h).
    const isUsable = path.startsWith("/") && !path.endsWith("/") && Buffer.byteLength(path) < 108;
    return isUsable ? { kind: "unix", path } : undefined;
  }
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const { v6, name = "", port = "" } = match.groups!;
  const host = v6 ?? name;
  if (Number(port) > 65_535 || (host !== "" && !isHost(host)) || (v6 !== undefined && !v6.includes(":")))
    return undefined;
  return { kind: "tcp", host, port: Number(port) };
}

/** What {@link parseListenAddress} takes, to follow "expected". */
export const LISTEN_ADDRESS = "host:port, :port or unix:///path";
