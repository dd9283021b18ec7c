import { expect, test } from "bun:test";
import { formatServerAddress, parseServerAddress } from "../../src/exporter/server-address.ts";

const PORTS = { tcp: 601, tls: 6514 };

test.each([
  ["loghost", "tcp://loghost:601"],
  ["loghost:514", "tcp://loghost:514"],
  ["tls://loghost", "tls://loghost:6514"],
  ["TLS://10.0.0.1:7000/", "tls://10.0.0.1:7000"],
  ["[::1]:601", "tcp://[::1]:601"],
  ["tls://[2001:db8::1]", "tls://[2001:db8::1]:6514"],
])("%s is %s", (text, expected) => {
  expect(formatServerAddress(parseServerAddress(text, PORTS)!)).toBe(expected);
});

test.each([
  "",
  "udp://loghost",
  "loghost:0",
  "loghost:70000",
  "log host",
  "a:b:c",
  "tcp://user@host",
  "[::1",
  "tcp://h/p",
])("%p is no address", (text) => {
  expect(parseServerAddress(text, PORTS)).toBeUndefined();
});
