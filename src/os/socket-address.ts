/** @module IP addresses as text and as `struct sockaddr_in` / `sockaddr_in6` (linux/in.h, linux/in6.h). */
import { fs } from "./fs.ts";
import { ipVersion, parseIpv4, parseIpv6 } from "./ip-address.ts";

/** Address families by kernel number (linux/socket.h). */
export const AF_INET = 2;
export const AF_INET6 = 10;

export type AddressFamily = typeof AF_INET | typeof AF_INET6;

/** The family of an IP literal (a zone such as `%eth0` allowed for IPv6), or `undefined` for a name. */
export function literalFamily(host: string): AddressFamily | undefined {
  const version = ipVersion(host);
  if (version === undefined) return undefined;
  return version === 4 ? AF_INET : AF_INET6;
}

/** `host:port`, with brackets around an IPv6 address (RFC 3986, section 3.2.2). */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * An IP literal and port as the kernel's socket address.
 * @param scopeId Interface index for a link-local IPv6 address, 0 for none.
 * @throws TypeError when `host` is not an IP literal.
 */
export function encodeSocketAddress(host: string, port: number, scopeId = 0): Uint8Array {
  const ipv4 = parseIpv4(host);
  const ipv6 = ipv4 === undefined ? parseIpv6(host.split("%", 1)[0] as string) : undefined;
  const bytes = new Uint8Array(ipv4 === undefined ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, port, false);
  if (ipv4 !== undefined) {
    view.setUint16(0, AF_INET, true);
    bytes.set(ipv4, 4);
  } else if (ipv6 !== undefined) {
    view.setUint16(0, AF_INET6, true);
    bytes.set(ipv6, 8);
    view.setUint32(24, scopeId, true);
  } else {
    throw new TypeError(`Cannot encode address "${host}": expected an IP literal`);
  }
  return bytes;
}

/**
 * The interface index that an IPv6 literal's zone (`fe80::1%eth0`, `fe80::1%2`) names; 0 for none (RFC 4007).
 * @throws TypeError when no interface has that name or number.
 */
export function scopeIdOf(host: string): number {
  const percent = host.indexOf("%");
  if (percent < 0) return 0;
  const zone = host.slice(percent + 1);
  // address, index, prefix length, scope, flags, name: net/ipv6/addrconf.c, if6_seq_show().
  for (const line of fs().readFileSync("/proc/net/if_inet6", "latin1").trimEnd().split("\n")) {
    const [, index = "", , , , name] = line.trim().split(/\s+/);
    const number = Number.parseInt(index, 16);
    if (zone === name || zone === String(number)) return number;
  }
  throw new TypeError(`no interface with IPv6 has the name or number "${zone}"`);
}

/**
 * What Bun's `setMulticastInterface` takes for an interface given by name or by one of its addresses: its IPv4
 * address, or `::%name` for IPv6 (as Node.js has it).
 * @throws TypeError when no interface has that name.
 */
export function interfaceAddress(nameOrAddress: string, family: AddressFamily): string {
  if (literalFamily(nameOrAddress) !== undefined) return nameOrAddress;
  if (family === AF_INET6) return `::%${nameOrAddress}`;
  const interfaces = process.getBuiltinModule("node:os").networkInterfaces();
  const address = interfaces[nameOrAddress]?.find((entry) => entry.family === "IPv4")?.address;
  if (address === undefined)
    throw new TypeError(`Cannot find interface "${nameOrAddress}" with an IPv4 address`);
  return address;
}
