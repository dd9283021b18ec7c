import { describe, expect, test } from "bun:test";
import { OPTION_TABLE, type OptionValues } from "../../src/agent/option-table.ts";
import { supportWarnings } from "../../src/config/support.ts";
import { loadYaml } from "../../src/config/yaml-file.ts";

await loadYaml();

function warningsFor(set: Partial<OptionValues>): string[] {
  return supportWarnings(OPTION_TABLE, {
    values: { ...OPTION_TABLE.defaults, ...set },
    isSet: (name: string) => Object.hasOwn(set, name),
  });
}

describe("supportWarnings()", () => {
  test("says nothing about options that have their effect", () => {
    expect(warningsFor({ "udp-output-enabled": true, "log-level": "debug" })).toEqual([]);
  });

  test("lists all ignored options that are set in one line", () => {
    expect(warningsFor({ verbose: 1, "bpf-lib": "/var/lib/tetragon/" })).toEqual([
      "Accepted for Tetragon's sake, without effect in tetrad: --bpf-lib, --verbose",
    ]);
  });

  test("warns of a server that is asked for, also at its default address", () => {
    expect(warningsFor({ "metrics-server": ":2112", "gops-address": ":8118" })).toEqual([
      "This version lacks these servers, so nothing listens for --gops-address",
    ]);
  });

  test("says nothing about a server that is switched off", () => {
    expect(warningsFor({ "gops-address": "", "metrics-server": "", "enable-event-metrics": false })).toEqual(
      [],
    );
  });

  test("warns of sensor options that ask for something else than the default", () => {
    expect(
      warningsFor({
        "enable-process-cred": true,
        "rb-queue-size": 1,
      }),
    ).toEqual(["The sensor of this version does not have these, so they have no effect: --rb-queue-size"]);
  });
});
