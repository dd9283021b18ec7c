/** @module Addresses of servers over TCP or TLS, as users write them. */
import { isHost } from "../lib/text/host.ts";

/** Ports where an address has none. */
export interface DefaultPorts {
  readonly tcp: number;
  readonly tls: number;
}

/** Where one server listens. */
export interface ServerAddress {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
}

const ADDRESS =
  /^(?:(?<scheme>tcp|tls):\/\/)?(?:\[(?<bracketed>[^\]]+)\]|(?<host>[^:/[\]]+))(?::(?<port>\d{1,5}))?\/?$/i;

/** Reads `tls://loghost:6514`, `loghost` or `[::1]:601`. Without a scheme it is `tcp`. @returns `undefined` for anything else. */
export function parseServerAddress(text: string, ports: DefaultPorts): ServerAddress | undefined {
  const found = ADDRESS.exec(text)?.groups;
  if (found === undefined) return undefined;
  const scheme = (found.scheme ?? "tcp").toLowerCase() as keyof DefaultPorts;
  const host = found.bracketed ?? found.host!;
  const port = found.port === undefined ? ports[scheme] : Number(found.port);
  if (!isHost(host) || port < 1 || port > 65535) return undefined;
  return { isTls: scheme === "tls", host, port };
}

/** As log lines have it. */
export function formatServerAddress({ isTls, host, port }: ServerAddress): string {
  return `${isTls ? "tls" : "tcp"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
