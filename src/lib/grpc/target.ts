/** @module Where a server is, as a client is told. */
import { isHost } from "../text/host.ts";

/** A server's address. */
export type Target =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** What {@link parseTarget} takes, to follow "expected". */
export const TARGET = "HOST:PORT or unix:///PATH";

/** struct sockaddr_un has room for so many bytes and a NUL (linux/un.h). */
const MAX_PATH_BYTES = 107;

/** `host:port`, `[address]:port` or `unix:///path`, which may be written `unix:/path`; `undefined` for anything else. */
export function parseTarget(text: string): Target | undefined {
  const path = /^unix:(?:\/\/)?(?<path>\/(?!\/).*)$/.exec(text)?.groups?.path;
  if (path !== undefined)
    return Buffer.byteLength(path) <= MAX_PATH_BYTES && !path.endsWith("/")
      ? { kind: "unix", path }
      : undefined;
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const { v6, name, port } = match.groups!;
  const host = (v6 ?? name)!;
  const isPort = Number(port) > 0 && Number(port) <= 65_535;
  return isPort && isHost(host) && (v6 === undefined || v6.includes(":"))
    ? { kind: "tcp", host, port: Number(port) }
    : undefined;
}

/** A target as {@link parseTarget} takes it. */
export function formatTarget(target: Target): string {
  if (target.kind === "unix") return `unix://${target.path}`;
  return target.host.includes(":") ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
}
