/** @module Kubernetes' CEL library for IP addresses and networks, on Go's `net/netip`. */
import { CelEvaluationError } from "./error.ts";

/** An address: 32 bits for IPv4, 128 for IPv6. */
export class IpValue {
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  /** The canonical text (RFC 5952 for IPv6). */
  toString(): string {
    return this.family === 4 ? formatIpv4(this.bits) : formatIpv6(this.bits);
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

  containsIp(ip: IpValue): boolean {
    if (ip.family !== this.ip.family) return false;
    const ignored = BigInt(addressBits(ip.family) - this.prefixLength);
    return ip.bits >> ignored === this.ip.bits >> ignored;
  }

  containsCidr(other: CidrValue): boolean {
    return other.prefixLength >= this.prefixLength && this.containsIp(other.ip);
  }

  masked(): CidrValue {
    const ignored = BigInt(addressBits(this.ip.family) - this.prefixLength);
    return new CidrValue(
      new IpValue(this.ip.family, (this.ip.bits >> ignored) << ignored),
      this.prefixLength,
    );
  }

  toString(): string {
    return `${this.ip}/${this.prefixLength}`;
  }
}

function addressBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** As Kubernetes parses addresses: no zone, no IPv4 inside IPv6. @throws CelEvaluationError */
export function parseIp(text: string): IpValue {
  const ip = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  if (ip === undefined) throw new CelEvaluationError("not an IP address");
  // ::ffff:0:0/96
  if (ip.family === 6 && ip.bits >> 32n === 0xffffn) {
    throw new CelEvaluationError("IPv4-mapped IPv6 address is not allowed");
  }
  return ip;
}

/** @throws CelEvaluationError */
export function parseCidr(text: string): CidrValue {
  const slash = text.lastIndexOf("/");
  const length = text.slice(slash + 1);
  if (slash === -1 || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) throw new CelEvaluationError("not a network");
  const ip = parseIp(text.slice(0, slash));
  if (Number(length) > addressBits(ip.family)) throw new CelEvaluationError("not a network");
  return new CidrValue(ip, Number(length));
}

function parseIpv4(text: string): IpValue | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let bits = 0n;
  for (const octet of octets) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    bits = (bits << 8n) | BigInt(octet);
  }
  return new IpValue(4, bits);
}

function parseIpv6(text: string): IpValue | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  // "::" stands for at least one group.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return new IpValue(
    6,
    groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n),
  );
}

/** Groups of one side of `::`; the last two may be written as an IPv4 address. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && mayEndInIpv4 && index === parts.length - 1) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === undefined) return undefined;
      groups.push(Number(ipv4.bits >> 16n), Number(ipv4.bits & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatIpv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join(".");
}

/** The first of the longest runs of two or more zero groups becomes `::`. */
function formatIpv6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (bits >> BigInt(112 - 16 * index)) & 0xffffn);
  let runStart = -1;
  let runLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0n) length++;
    if (length > runLength) [runStart, runLength] = [start, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (runStart === -1) return hex.join(":");
  return `${hex.slice(0, runStart).join(":")}::${hex.slice(runStart + runLength).join(":")}`;
}

/** Whether `ip` lies in one of `networks`. */
function isIn(ip: IpValue, networks: readonly CidrValue[]): boolean {
  return networks.some((network) => network.containsIp(ip));
}

const network = (text: string): CidrValue => parseCidr(text);
const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(network);
const UNSPECIFIED = ["0.0.0.0/32", "::/128"].map(network);
const LINK_LOCAL_MULTICAST = ["224.0.0.0/24"].map(network);
const LINK_LOCAL_UNICAST = ["169.254.0.0/16", "fe80::/10"].map(network);
const MULTICAST = ["224.0.0.0/4", "ff00::/8"].map(network);
const BROADCAST = ["255.255.255.255/32"].map(network);

export function isLoopback(ip: IpValue): boolean {
  return isIn(ip, LOOPBACK);
}

export function isUnspecified(ip: IpValue): boolean {
  return isIn(ip, UNSPECIFIED);
}

/** 224.0.0.0/24, or ff02 in IPv6 with any flags. */
export function isLinkLocalMulticast(ip: IpValue): boolean {
  if (ip.family === 4) return isIn(ip, LINK_LOCAL_MULTICAST);
  return ip.bits >> 120n === 0xffn && ((ip.bits >> 112n) & 0xfn) === 2n;
}

export function isLinkLocalUnicast(ip: IpValue): boolean {
  return isIn(ip, LINK_LOCAL_UNICAST);
}

/** Any address that names one host, private ones included. */
export function isGlobalUnicast(ip: IpValue): boolean {
  return ![UNSPECIFIED, BROADCAST, LOOPBACK, MULTICAST, LINK_LOCAL_UNICAST].some((networks) =>
    isIn(ip, networks),
  );
}
