/** @module IP addresses as text. Bun's `node:net` would do, at several milliseconds and megabytes for its sockets. */

/** The bytes of an IPv4 address in dotted form, four decimal numbers without leading zeros (RFC 3986, IPv4address). */
export function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The version of an IP address (a zone such as `%eth0` allowed for IPv6), or `undefined` for other texts. */
export function ipVersion(text: string): 4 | 6 | undefined {
  if (parseIpv4(text) !== undefined) return 4;
  const [address = "", zone] = text.split("%", 2);
  return zone !== "" && parseIpv6(address) !== undefined ? 6 : undefined;
}

/**
 * The sixteen bytes of an IPv6 address (RFC 4291, section 2.2), without zone: groups of up to four hexadecimal
 * digits, at most one `::`, the last two groups possibly as an IPv4 address.
 */
export function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves as [string, string?];
  const front = parseGroups(head, tail === undefined);
  const back = tail === undefined ? [] : parseGroups(tail, true);
  if (front === undefined || back === undefined) return undefined;
  const missing = 16 - front.length - back.length;
  // A "::" stands for at least one group of zeros.
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...front, ...new Array<number>(missing).fill(0), ...back];
}

/** @param isLast Whether an IPv4 address may stand at the end. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const ipv4 = isLast && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes;
}

/** The eight groups of an IPv6 address as RFC 5952 has it: the first of the longest runs of two or more zeros is `::`. */
export function formatIpv6(groups: readonly number[]): string {
  const { start, length } = longestZeros(groups);
  if (length < 2) return joinGroups(groups);
  return `${joinGroups(groups.slice(0, start))}::${joinGroups(groups.slice(start + length))}`;
}

function joinGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

/** The longest run of zeros, of several the first. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
