import { describe, expect, test } from "bun:test";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { readEnvironment } from "../../src/config/environment.ts";

describe("readEnvironment(OPTION_TABLE, )", () => {
  test("reads the variable of an option and says so", () => {
    const { settings } = readEnvironment(OPTION_TABLE, { TETRAGON_UDP_OUTPUT_PORT: "9000", HOME: "/root" });
    expect([...settings]).toEqual([
      ["udp-output-port", { text: "9000", origin: "environment TETRAGON_UDP_OUTPUT_PORT" }],
    ]);
  });

  test("takes an empty variable for one that is not set", () => {
    const { settings, problems, warnings } = readEnvironment(OPTION_TABLE, {
      TETRAGON_UDP_OUTPUT_PORT: "",
      TETRAGON_X: undefined,
    });
    expect([settings.size, problems.length, warnings.length]).toEqual([0, 0, 0]);
  });

  test("only warns about a variable that no option has, and names the nearest", () => {
    const { problems, warnings } = readEnvironment(OPTION_TABLE, {
      TETRAGON_UDP_OUPUT_PORT: "9000",
      TETRAGON_IMAGE_DIGEST_OF_THE_DAY: "x",
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      "Ignored unknown environment variable TETRAGON_UDP_OUPUT_PORT: did you mean TETRAGON_UDP_OUTPUT_PORT?",
      "Ignored unknown environment variable TETRAGON_IMAGE_DIGEST_OF_THE_DAY",
    ]);
  });

  test.each([
    ["TETRAGON_SERVICE_HOST", "10.96.0.7"],
    ["TETRAGON_SERVICE_PORT", "2112"],
    ["TETRAGON_SERVICE_PORT_METRICS", "2112"],
    ["TETRAGON_PORT", "tcp://10.96.0.7:2112"],
    ["TETRAGON_PORT_2112_TCP", "tcp://10.96.0.7:2112"],
    ["TETRAGON_PORT_2112_TCP_ADDR", "10.96.0.7"],
    ["TETRAGON_PORT_2112_TCP_PROTO", "tcp"],
    ["TETRAGON_OPERATOR_METRICS_SERVICE_HOST", "10.96.0.8"],
    ["TETRAGON_OPERATOR_METRICS_PORT", "tcp://10.96.0.8:2113"],
  ])("says nothing about Kubernetes' service variable %s", (variable, text) => {
    const { settings, problems, warnings } = readEnvironment(OPTION_TABLE, { [variable]: text });
    expect([settings.size, problems, warnings]).toEqual([0, [], []]);
  });

  test("warns of what only a flag may ask for", () => {
    expect(readEnvironment(OPTION_TABLE, { TETRAGON_HELP: "true" }).warnings).toEqual([
      'Ignored "help" (environment TETRAGON_HELP): it has to be a flag',
    ]);
  });

  test.each([
    ["base kprobe", "base,kprobe"],
    ["base,kprobe", "base,kprobe"],
    [' base\n"a b" ', ',base,"a b",'],
  ])("white space divides the items of a list: %j", (text, expected) => {
    const { settings } = readEnvironment(OPTION_TABLE, { TETRAGON_ENABLE_ANCESTORS: text });
    expect(settings.get("enable-ancestors")?.text).toBe(expected);
  });
});
