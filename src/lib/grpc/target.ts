/** @module Where a server is, as a client is told. */
import { formatHostPort } from "../../os/socket-address.ts";
import { parseHostPort } from "../text/host-port.ts";

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
  if (path !== undefined) return isSocketPath(path) ? { kind: "unix", path } : undefined;
  const parsed = parseHostPort(text);
  if (parsed === undefined || (parsed.isBracketed && !parsed.host.includes(":"))) return undefined;
  const { host, port } = parsed;
  return host !== "" && port > 0 ? { kind: "tcp", host, port } : undefined;
}

/** Whether a socket can have that path. */
export function isSocketPath(path: string): boolean {
  return path.startsWith("/") && !path.endsWith("/") && Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

/** Where a client finds what a server says it listens on: one that listens everywhere is there on this host. */
export function parseServedTarget(address: string): Target | undefined {
  return parseTarget(address.replace(/^(?:0\.0\.0\.0|\[::\])?:(?=\d+$)/, "localhost:"));
}

/** A target as {@link parseTarget} takes it. */
export function formatTarget(target: Target): string {
  if (target.kind === "unix") return `unix://${target.path}`;
  return formatHostPort(target.host, target.port);
}
