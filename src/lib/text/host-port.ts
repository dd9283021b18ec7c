/** @module A host and a port in one text. */
import { isHost } from "./host.ts";

/** What stands before and behind the last colon. */
export interface HostPort {
  /** Without brackets; empty where nothing stands before the colon. */
  readonly host: string;
  /** From 0 to 65,535. */
  readonly port: number;
  /** Whether the host stands in brackets, which an IPv6 address has to (RFC 3986, section 3.2.2). */
  readonly isBracketed: boolean;
}

/** `host:port`, `:port` or `[host]:port`; `undefined` for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:[\]]*)):(?<digits>\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const { bracketed, plain = "", digits } = match.groups!;
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (port > 65_535 || (host !== "" && !isHost(host))) return undefined;
  return { host, port, isBracketed: bracketed !== undefined };
}
