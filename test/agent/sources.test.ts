import { expect, test } from "bun:test";
import { checkSources } from "../../src/agent/sources.ts";
import type { OptionValues } from "../../src/config/options.ts";
import { VMLINUX_BTF } from "../../src/kernel/btf/index.ts";
import { describeWithBpf } from "../kernel/support.ts";

function options(source: string, scope: string, more: Partial<OptionValues> = {}): OptionValues {
  const values = { "event-source": [source], "sensor-scope": scope, procfs: "/proc/", btf: "", ...more };
  return values as unknown as OptionValues;
}

describeWithBpf("checkSources()", () => {
  test("refuses a scope that does not exist, before anything is sent", async () => {
    await expect(checkSources(options("sensor", "pidns:0"))).rejects.toThrow('--sensor-scope "pidns:0"');
    await expect(checkSources(options("sensor", "cgroup:/tetrad-no-such"))).rejects.toThrow("no directory");
  });

  test("takes one that does, and none", async () => {
    expect(await checkSources(options("sensor", `pidns:${process.pid}`))).toEqual([{ kind: "sensor" }]);
    expect(await checkSources(options("sensor", ""))).toEqual([{ kind: "sensor" }]);
  });

  for (const source of ["sensor", "auto"]) {
    test(`refuses, for ${source}, kernel types and a procfs that are none`, async () => {
      const checked = (more: Partial<OptionValues>) => checkSources(options(source, "", more));
      await expect(checked({ btf: "/nonexistent" })).rejects.toThrow(
        /^Cannot use --btf "\/nonexistent": .*ENOENT/,
      );
      await expect(checked({ btf: import.meta.path })).rejects.toThrow("found no magic number");
      await expect(checked({ procfs: "/nonexistent" })).rejects.toThrow(
        'Cannot use --procfs "/nonexistent": no "stat" there, expected a procfs',
      );
      expect(await checked({ btf: VMLINUX_BTF })).toHaveLength(1);
    });
  }
});
