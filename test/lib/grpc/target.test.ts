import { expect, test } from "bun:test";
import { formatTarget, parseTarget } from "../../../src/lib/grpc/target.ts";

test.each([
  ["localhost:54321", { kind: "tcp", host: "localhost", port: 54_321 }],
  [
    "tetragon-grpc.kube-system.svc.cluster.local:54321",
    { kind: "tcp", host: "tetragon-grpc.kube-system.svc.cluster.local", port: 54_321 },
  ],
  ["[::1]:443", { kind: "tcp", host: "::1", port: 443 }],
  ["unix:///var/run/tetragon/tetragon.sock", { kind: "unix", path: "/var/run/tetragon/tetragon.sock" }],
] as const)("parseTarget(%p), and back", (text, target) => {
  expect(parseTarget(text)).toEqual(target);
  expect(formatTarget(target)).toBe(text);
});

test("parseTarget() takes a socket's path without slashes before it", () => {
  expect(parseTarget("unix:/run/t.sock")).toEqual({ kind: "unix", path: "/run/t.sock" });
});

test.each([
  "",
  "localhost",
  ":54321",
  "localhost:0",
  "localhost:65536",
  "localhost:5x",
  "::1:443",
  "[localhost]:1",
  "[]:1",
  "a b:1",
  "http://localhost:1",
  "unix://relative",
  "unix:///",
  `unix:///${"x".repeat(120)}`,
])("parseTarget(%p) is none", (text) => {
  expect(parseTarget(text)).toBeUndefined();
});
