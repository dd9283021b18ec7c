import { expect, test } from "bun:test";
import { parseListenAddress } from "../../src/server/listen-address.ts";

test.each([
  ["localhost:54321", { kind: "tcp", host: "localhost", port: 54_321 }],
  [":6789", { kind: "tcp", host: "", port: 6789 }],
  ["127.0.0.1:0", { kind: "tcp", host: "127.0.0.1", port: 0 }],
  ["[::1]:1", { kind: "tcp", host: "::1", port: 1 }],
  ["unix:///run/tetrad.sock", { kind: "unix", path: "/run/tetrad.sock" }],
  ["unix://run/tetrad.sock", undefined],
  ["unix:///run/", undefined],
  [`unix:///${"x".repeat(107)}`, undefined],
  ["::1:1", undefined],
  ["[localhost]:1", undefined],
  ["localhost", undefined],
  ["localhost:65536", undefined],
  ["local host:1", undefined],
  ["", undefined],
])("parseListenAddress(%p) is %p", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address as never);
});
