import { expect, test } from "bun:test";
import { isHost } from "../../../src/lib/text/host.ts";

test.each([
  "127.0.0.1",
  "255.255.255.255",
  "239.1.2.3",
  "::1",
  "fe80::1%eth0",
  "ff02::1",
  "localhost",
  "fluentd.example.com",
  "fluentd.example.com.",
  "_syslog._udp.example.com",
  "node-1",
])("isHost() takes %p", (text) => {
  expect(isHost(text)).toBe(true);
});

test.each([
  "",
  ".",
  "a..b",
  "-a",
  "a-",
  "[::1]",
  "127.0.0.1:514",
  "host:514",
  "udp://host",
  "ho st",
  "1.2.3",
  "1.2.3.256",
  "514",
  "--udp-output-enabled",
  "a".repeat(64),
  `${"a.".repeat(127)}aa`,
])("isHost() refuses %p", (text) => {
  expect(isHost(text)).toBe(false);
});
