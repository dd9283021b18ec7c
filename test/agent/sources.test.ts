import { expect, test } from "bun:test";
import { checkSources } from "../../src/agent/sources.ts";
import type { OptionValues } from "../../src/config/options.ts";
import { describeWithBpf } from "../kernel/support.ts";

function options(source: string, scope: string): OptionValues {
  return { "event-source": [source], "sensor-scope": scope, procfs: "/proc/" } as unknown as OptionValues;
}

describeWithBpf("checkSources()", () => {
  test("refuses a scope that does not exist, before anything is sent", async () => {
    await expect(checkSources(options("sensor", "pidns:0"))).rejects.toThrow('sensor scope "pidns:0"');
    await expect(checkSources(options("sensor", "cgroup:/tetrad-no-such"))).rejects.toThrow("no directory");
  });

  test("takes one that does, and none", async () => {
    expect(await checkSources(options("sensor", `pidns:${process.pid}`))).toEqual([{ kind: "sensor" }]);
    expect(await checkSources(options("sensor", ""))).toEqual([{ kind: "sensor" }]);
  });
});
