import { expect, test } from "bun:test";
import { loadConfig } from "../../src/agent/config.ts";
import { usedServers } from "../../src/agent/server-use.ts";

const UDP = "--udp-output-enabled";
const FILE = "--export-filename=/tmp/a.log";

/** `grpc` asked for, `(grpc)` a default, `grpc?` a default that needs the sensor. */
function used(...argv: string[]): string[] {
  const config = loadConfig({ argv: ["--event-source=stdin", ...argv], root: "/nowhere" });
  return usedServers(config).map(({ definition: { type }, isAsked, needsSensor }) =>
    needsSensor ? `${type}?` : isAsked ? type : `(${type})`,
  );
}

test.each([
  [[], ["(grpc)", "(health)"]],
  [[FILE], ["grpc?", "health?"]],
  [[UDP], []],
  [[UDP, FILE], []],
  [['--exporters={"a":{"type":"udp","udp-output-enabled":"true"}}'], []],
  [[UDP, "--grpc-enabled"], ["grpc"]],
  [[UDP, "--server-address=:1"], ["grpc"]],
  [[UDP, "--health-server-address=:2"], ["health"]],
  [["--grpc-enabled=false", "--server-address=:1"], ["(health)"]],
  [["--server-address=", "--health-server-address="], []],
] as const)("usedServers() with %p is %p", (argv, servers) => {
  expect(used(...argv)).toEqual([...servers]);
});
