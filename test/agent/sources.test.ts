import { afterAll, expect, test } from "bun:test";
import { OPTION_TABLE, type OptionValues } from "../../src/agent/option-table.ts";
import { alwaysStart, startSources } from "../../src/agent/sources.ts";
import { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { VMLINUX_BTF } from "../../src/kernel/btf/index.ts";
import type { Source } from "../../src/source/source.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { memoryLog } from "../source/harness.ts";

const sources: Source[] = [];

afterAll(async () => {
  for (const source of sources) await source.stop(AbortSignal.abort());
});

/** Starts the sources that these options ask for. @returns Their names. */
async function started(options: Partial<OptionValues>): Promise<string[]> {
  const names: string[] = [];
  await startSources(
    {
      values: { ...OPTION_TABLE.defaults, ...options },
      sink: { write: () => undefined, offer() {} },
      log: memoryLog().log,
      checkpoint: Checkpoint.anonymous(),
      nodeName: "test",
      filters: () => ({ allowlist: "", denylist: "" }),
    },
    ({ source }) => {
      sources.push(source);
      names.push(source.name);
    },
  );
  return names;
}

test("files always start; a sensor, and what may be one, need not", () => {
  expect(alwaysStart(["file:/var/log/a.log", "file:/var/log/*.log"])).toBe(true);
  expect(alwaysStart(["file:/var/log/a.log", "sensor"])).toBe(false);
  expect(alwaysStart(["auto"])).toBe(false);
});

describeWithBpf("startSources()", () => {
  const scoped = (scope: string) => started({ "event-source": ["sensor"], "sensor-scope": scope });

  test("refuses a scope that does not exist", async () => {
    await expect(scoped("pidns:0")).rejects.toThrow('--sensor-scope "pidns:0"');
    await expect(scoped("cgroup:/tetrad-no-such")).rejects.toThrow("no directory");
  });

  test("takes one that does", async () => {
    expect(await scoped(`pidns:${process.pid}`)).toEqual(["sensor"]);
  });

  for (const source of ["sensor", "auto"]) {
    test(`refuses, for ${source}, kernel types and a procfs that are none`, async () => {
      const scope = `pidns:${process.pid}`;
      const checked = (more: Partial<OptionValues>) =>
        started({ "event-source": [source], "sensor-scope": scope, ...more });
      await expect(checked({ btf: "/nonexistent" })).rejects.toThrow(
        /^Cannot use --btf "\/nonexistent": .*ENOENT/,
      );
      await expect(checked({ btf: import.meta.path })).rejects.toThrow("found no magic number");
      await expect(checked({ procfs: "/nonexistent" })).rejects.toThrow(
        'Cannot use --procfs "/nonexistent": no "stat" there, expected a procfs',
      );
      expect(await checked({ btf: VMLINUX_BTF })).toEqual(["sensor"]);
    });
  }
});
