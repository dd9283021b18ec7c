/** @module Kubernetes' CEL library for IP addresses and networks, on Go's `net/netip`. */
import { formatIpv6, parseIpv4, parseIpv6 } from "../../os/ip-address.ts";
import { CelEvaluationError } from "./error.ts";

/** An address: 32 bits for IPv4, 128 for IPv6. */
export class IpValue {
  readonly family: 4 | 6;
  readonly bits: bigint;

  /** @param bits The first bit of the address is the most significant one. */
  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  /** The canonical text (RFC 5952 for IPv6). */
  toString(): string {
    return this.family === 4 ? this.#parts(4, 8n).join(".") : formatIpv6(this.#parts(8, 16n));
  }

  /** The bits as `count` numbers of `size` bits. */
  #parts(count: number, size: bigint): number[] {
    return Array.from({ length: count }, (_, index) =>
      Number(BigInt.asUintN(Number(size), this.bits >> (size * BigInt(count - 1 - index)))),
    );
  }
}

/** A network; address bits beyond the prefix are kept until it is masked. */
export class CidrValue {
  readonly ip: IpValue;
  readonly prefixLength: number;

  constructor(ip: IpValue, prefixLength: number) {
    this.ip = ip;
    this.prefixLength = prefixLength;
  }

  /** Whether the address is of the same family and begins with the prefix. */
  containsIp(ip: IpValue): boolean {
    if (ip.family !== this.ip.family) return false;
    const ignored = BigInt(addressBits(ip.family) - this.prefixLength);
    return ip.bits >> ignored === this.ip.bits >> ignored;
  }

  /** Whether all of the other network lies in this one. */
  containsCidr(other: CidrValue): boolean {
    return other.prefixLength >= this.prefixLength && this.containsIp(other.ip);
  }

  /** This network without address bits beyond the prefix. */
  masked(): CidrValue {
    const ignored = BigInt(addressBits(this.ip.family) - this.prefixLength);
    return new CidrValue(
      new IpValue(this.ip.family, (this.ip.bits >> ignored) << ignored),
      this.prefixLength,
    );
  }

  /** `ADDRESS/LENGTH` */
  toString(): string {
    return `${this.ip}/${this.prefixLength}`;
  }
}

function addressBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** As Kubernetes parses addresses: no zone, no IPv4 inside IPv6. @throws CelEvaluationError */
export function parseIp(text: string): IpValue {
  const family = text.includes(":") ? 6 : 4;
  const bytes = family === 6 ? parseIpv6(text) : parseIpv4(text);
  if (bytes === undefined) throw new CelEvaluationError("not an IP address");
  const ip = new IpValue(
    family,
    bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n),
  );
  // ::ffff:0:0/96
  if (ip.family === 6 && ip.bits >> 32n === 0xffffn) {
    throw new CelEvaluationError("IPv4-mapped IPv6 address is not allowed");
  }
  return ip;
}

/** `ADDRESS/LENGTH`, with an address as {@link parseIp} takes it. @throws CelEvaluationError */
export function parseCidr(text: string): CidrValue {
  const slash = text.lastIndexOf("/");
  const length = text.slice(slash + 1);
  if (slash === -1 || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) throw new CelEvaluationError("not a network");
  const ip = parseIp(text.slice(0, slash));
  if (Number(length) > addressBits(ip.family)) throw new CelEvaluationError("not a network");
  return new CidrValue(ip, Number(length));
}

/** Whether `ip` lies in one of `networks`. */
function isIn(ip: IpValue, networks: readonly CidrValue[]): boolean {
  return networks.some((network) => network.containsIp(ip));
}

const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(parseCidr);
const UNSPECIFIED = ["0.0.0.0/32", "::/128"].map(parseCidr);
const LINK_LOCAL_MULTICAST = ["224.0.0.0/24"].map(parseCidr);
const LINK_LOCAL_UNICAST = ["169.254.0.0/16", "fe80::/10"].map(parseCidr);
const MULTICAST = ["224.0.0.0/4", "ff00::/8"].map(parseCidr);
const BROADCAST = ["255.255.255.255/32"].map(parseCidr);

/** 127.0.0.0/8 or ::1. */
export function isLoopback(ip: IpValue): boolean {
  return isIn(ip, LOOPBACK);
}

/** 0.0.0.0 or ::. */
export function isUnspecified(ip: IpValue): boolean {
  return isIn(ip, UNSPECIFIED);
}

/** 224.0.0.0/24, or ff02 in IPv6 with any flags. */
export function isLinkLocalMulticast(ip: IpValue): boolean {
  if (ip.family === 4) return isIn(ip, LINK_LOCAL_MULTICAST);
  return ip.bits >> 120n === 0xffn && ((ip.bits >> 112n) & 0xfn) === 2n;
}

/** 169.254.0.0/16 or fe80::/10. */
export function isLinkLocalUnicast(ip: IpValue): boolean {
  return isIn(ip, LINK_LOCAL_UNICAST);
}

/** Any address that names one host, private ones included. */
export function isGlobalUnicast(ip: IpValue): boolean {
  return ![UNSPECIFIED, BROADCAST, LOOPBACK, MULTICAST, LINK_LOCAL_UNICAST].some((networks) =>
    isIn(ip, networks),
  );
}
