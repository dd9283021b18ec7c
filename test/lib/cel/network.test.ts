import { describe, expect, test } from "bun:test";
import { CelEvaluationError } from "../../../src/lib/cel/index.ts";
import {
  isGlobalUnicast,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  parseCidr,
  parseIp,
} from "../../../src/lib/cel/network.ts";

test.each([
  ["192.168.1.254", "192.168.1.254"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["::", "::"],
  ["::1.2.3.4", "::102:304"],
])("parseIp() of %s writes %s", (text, canonical) => {
  expect(String(parseIp(text))).toBe(canonical);
});

test.each(["", "1.2.3", "01.2.3.4", "1.2.3.256", "::ffff:1.2.3.4", "fe80::1%eth0", "1::2::3", "localhost"])(
  "parseIp() refuses %p",
  (text) => {
    expect(() => parseIp(text)).toThrow(CelEvaluationError);
  },
);

test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "::/129", "/8", "10.0.0.0/"])(
  "parseCidr() refuses %p",
  (text) => {
    expect(() => parseCidr(text)).toThrow(CelEvaluationError);
  },
);

describe("CidrValue", () => {
  const network = parseCidr("10.1.2.3/16");

  test("contains addresses and networks of its family", () => {
    expect(network.containsIp(parseIp("10.1.255.255"))).toBe(true);
    expect(network.containsIp(parseIp("10.2.0.0"))).toBe(false);
    expect(network.containsIp(parseIp("::a01:203"))).toBe(false);
    expect(network.containsCidr(parseCidr("10.1.9.0/24"))).toBe(true);
    expect(network.containsCidr(parseCidr("10.0.0.0/8"))).toBe(false);
  });

  test("keeps its address until it is masked", () => {
    expect([String(network), String(network.masked())]).toEqual(["10.1.2.3/16", "10.1.0.0/16"]);
  });
});

test.each([
  ["127.0.0.1", [isLoopback]],
  ["::1", [isLoopback]],
  ["0.0.0.0", [isUnspecified]],
  ["224.0.0.7", [isLinkLocalMulticast]],
  ["ff12::1", [isLinkLocalMulticast]],
  ["169.254.1.1", [isLinkLocalUnicast]],
  ["febf::1", [isLinkLocalUnicast]],
  ["192.168.0.1", [isGlobalUnicast]],
  ["2001:db8::1", [isGlobalUnicast]],
  ["255.255.255.255", []],
  ["239.1.1.1", []],
])("%s is of its kind and no other", (text, kinds) => {
  const all = [isLoopback, isUnspecified, isLinkLocalMulticast, isLinkLocalUnicast, isGlobalUnicast];
  expect(all.filter((isKind) => isKind(parseIp(text)))).toEqual(kinds);
});
