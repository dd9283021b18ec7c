/** @module Addresses of syslog servers, as users write them. */
import { isHost } from "../../lib/text/host.ts";

/** Ports of syslog over TCP (RFC 6587, IANA `syslog-conn`) and over TLS (RFC 5425). */
const DEFAULT_PORTS = { tcp: 601, tls: 6514 } as const;

/** Where one server listens. */
export interface ServerAddress {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
}

const ADDRESS =
  /^(?:(?<scheme>tcp|tls):\/\/)?(?:\[(?<bracketed>[^\]]+)\]|(?<host>[^:/[\]]+))(?::(?<port>\d{1,5}))?\/?$/i;

/** Reads `tls://loghost:6514`, `loghost` or `[::1]:601`. Without a scheme it is `tcp`. @returns `undefined` for anything else. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const found = ADDRESS.exec(text)?.groups;
  if (found === undefined) return undefined;
  const scheme = (found.scheme ?? "tcp").toLowerCase() as keyof typeof DEFAULT_PORTS;
  const host = found.bracketed ?? found.host!;
  const port = found.port === undefined ? DEFAULT_PORTS[scheme] : Number(found.port);
  if (!isHost(host) || port < 1 || port > 65535) return undefined;
  return { isTls: scheme === "tls", host, port };
}

/** As log lines have it. */
export function formatServerAddress({ isTls, host, port }: ServerAddress): string {
  return `${isTls ? "tls" : "tcp"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
