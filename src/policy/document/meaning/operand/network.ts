/** @module Operators on sockets, packets and addresses. */
import { parseIpv4, parseIpv6 } from "../../../../os/ip-address.ts";
import { FAMILIES, PROTOCOLS, STATES } from "../../../network-names.ts";
import type { IntegerRange, Network, Operand } from "../../../policy.ts";
import { quote, type Remark } from "../../finding.ts";
import { suggestion } from "../../spelling.ts";
import type { Context } from "../context.ts";
import { type Filter, readValues } from "./filter.ts";
import { mergeRanges, parseRange } from "./numbers.ts";

const LAST_PORT = 65_535n;
const LAST_PRIVILEGED_PORT = 1023n;

/** Names and the largest number of an operator's values. */
const NAMED: Readonly<
  Record<
    string,
    { readonly names: Readonly<Record<string, number>>; readonly prefix: string; readonly last: bigint }
  >
> = {
  Protocol: { names: PROTOCOLS, prefix: "IPPROTO_", last: 65_535n },
  Family: { names: FAMILIES, prefix: "AF_", last: 65_535n },
  State: { names: STATES, prefix: "TCP_", last: 255n },
};

/** Reads the operand; `undefined` when something in it is wrong. */
export function networkOperand(filter: Filter, context: Context): Operand | undefined {
  const { operator, isNegated, values } = filter;
  switch (operator) {
    case "SAddr":
    case "DAddr": {
      const networks = readValues(filter, context, readNetwork);
      return networks.length < values.length ? undefined : { operator, isNegated, networks };
    }
    case "SPort":
    case "DPort":
      return ranged(filter, operator, readValues(filter, context, readPorts), context);
    case "SPortPriv":
    case "DPortPriv": {
      const name = operator === "SPortPriv" ? "SPort" : "DPort";
      return { operator: name, isNegated, ranges: [{ first: 0n, last: LAST_PRIVILEGED_PORT }] };
    }
    case "Protocol":
    case "Family":
    case "State": {
      const ranges = readValues(filter, context, (text, refuse) => readNamed(text, operator, refuse));
      return ranged(filter, operator, ranges, context);
    }
    default:
      return undefined;
  }
}

function ranged(
  { isNegated, values }: Filter,
  operator: "SPort" | "DPort" | "Protocol" | "Family" | "State",
  ranges: readonly IntegerRange[],
  { marksValues }: Context,
): Operand | undefined {
  if (ranges.length < values.length) return undefined;
  return { operator, isNegated, ranges: marksValues ? ranges : mergeRanges(ranges) };
}

function readNetwork(text: string, refuse: (remark: Remark) => undefined): Network | undefined {
  const [address = "", length, more] = text.split("/");
  const bytes = parseIpv4(address) ?? parseIpv6(address);
  if (bytes === undefined || more !== undefined) {
    const cure = text.includes("${") ? "put the value in its place: nothing does it for you" : "";
    return refuse({
      found: quote(text),
      expected: "an address, or a network such as 10.0.0.0/8 or fd00::/8",
      cure,
    });
  }
  const most = bytes.length * 8;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : most + 1;
  if (bits > most) {
    return refuse({
      found: quote(text),
      expected: `0 to ${most} bits behind the slash of an IPv${bytes.length === 4 ? 4 : 6} address`,
    });
  }
  return { address: new Uint8Array(bytes), bits };
}

function readPorts(text: string, refuse: (remark: Remark) => undefined): IntegerRange | undefined {
  const range = parseRange(text);
  if (range !== undefined && range.first >= 0n && range.first <= range.last && range.last <= LAST_PORT)
    return range;
  return refuse({
    found: quote(text),
    expected: "a port from 0 to 65535, or two as first:last",
    cure: /^\d+-\d+$/.test(text) ? `write ${text.replace("-", ":")}` : "",
  });
}

function readNamed(
  text: string,
  operator: string,
  refuse: (remark: Remark) => undefined,
): IntegerRange | undefined {
  const { names, prefix, last } = NAMED[operator]!;
  if (Object.hasOwn(names, text)) return { first: BigInt(names[text]!), last: BigInt(names[text]!) };
  const range = parseRange(text);
  if (range !== undefined && range.first >= 0n && range.first <= range.last && range.last <= last)
    return range;
  const upper = text.toUpperCase();
  const known = [upper, `${prefix}${upper}`].find((name) => Object.hasOwn(names, name));
  return refuse({
    found: quote(text),
    expected: `a name such as ${Object.keys(names)[0]}, a number, or two as first:last`,
    cure:
      known === undefined
        ? suggestion(`${prefix}${upper.replace(prefix, "")}`, Object.keys(names))
        : `write ${known}`,
  });
}
