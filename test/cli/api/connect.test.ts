import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServer } from "../../../src/cli/api/connect.ts";
import { formatTarget } from "../../../src/lib/grpc/target.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

function found(flag: string, contents?: string): string {
  const file = join(directory, "tetragon-info.json");
  rmSync(file, { force: true });
  if (contents !== undefined) writeFileSync(file, contents);
  const { target, origin } = findServer(flag, file);
  return `${formatTarget(target)}${origin.replace(directory, "")}`;
}

describe("findServer()", () => {
  test.each([
    ["the flag before all", "unix:///run/x.sock", '{"server_address":"localhost:1"}', "unix:///run/x.sock"],
    [
      "the file",
      "",
      '{"server_address":"unix:///var/run/cilium/tetragon/tetragon.sock","pid":1}',
      "unix:///var/run/cilium/tetragon/tetragon.sock (from /tetragon-info.json)",
    ],
    [
      "a server that listens everywhere on this host",
      "",
      '{"server_address":"0.0.0.0:1"}',
      "localhost:1 (from /tetragon-info.json)",
    ],
    ["a port alone on this host", "", '{"server_address":":7"}', "localhost:7 (from /tetragon-info.json)"],
    ["the default without a file", "", undefined, "localhost:54321 (the default)"],
    [
      "the default where the file says nothing",
      "",
      '{"server_address":""}',
      "localhost:54321 (the default: /tetragon-info.json names no address)",
    ],
    [
      "the default where the file is none",
      "",
      "{",
      "localhost:54321 (the default: /tetragon-info.json names no address)",
    ],
  ])("takes %s", (_, flag, contents, expected) => {
    expect(found(flag, contents)).toBe(expected);
  });
});
