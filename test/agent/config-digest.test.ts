import { expect, test } from "bun:test";
import { loadConfig } from "../../src/agent/config.ts";
import { configDigest } from "../../src/agent/config-digest.ts";
import { readMetadataFields } from "../../src/agent/metadata-fields.ts";

const FLAGS = ["--config-dir=", "--udp-output-enabled"];
const digest = (argv: readonly string[], env: Record<string, string> = {}) =>
  configDigest(loadConfig({ argv: [...FLAGS, ...argv], env }).values, fieldsOf(argv));
/** Those that are written as texts. */
const fieldsOf = (argv: readonly string[]) =>
  new Map(
    argv.flatMap((flag) =>
      [...flag.matchAll(/^--metadata-field=(\w+)=(.*)$/g)].map(([, name, text]) => [name!, text]),
    ),
  );

test("configDigest() is the same wherever a value comes from and however it is written", () => {
  const one = digest(["--udp-buffer-size=65536", "--udp-output-port=9000", "--metadata-interval=90s"]);
  expect(one).toMatch(/^[0-9a-f]{32}$/);
  expect(digest(["--metadata-interval=1m30s", "--udp-output-port=9000"])).toBe(one);
  expect(digest(["--udp-output-port=9000"], { TETRAGON_METADATA_INTERVAL: "90000ms" })).toBe(one);
});

test("configDigest() is another one for another value, of a named exporter, too", () => {
  const named = (exporters: object) => digest([`--exporters=${JSON.stringify(exporters)}`]);
  const all = [
    digest([]),
    digest(["--udp-output-port=9000"]),
    digest(["--metadata-field=site=a"]),
    digest(["--metadata-field=site=b"]),
    named({ a: { type: "udp", "udp-output-port": 9000 } }),
    named({ a: { type: "udp", "udp-output-port": 9001 } }),
    named({ b: { type: "udp", "udp-output-port": 9001 } }),
  ];
  expect(new Set(all).size).toBe(all.length);
  const one = named({ a: { type: "udp", "udp-buffer-size": "64K" }, b: { type: "blackhole" } });
  expect(named({ b: { type: "blackhole" }, a: { "udp-buffer-size": 65536, type: "udp" } })).toBe(one);
});

test("configDigest() knows nothing of a custom field but what redaction leaves", async () => {
  const digestOf = async (field: string) => {
    const argv = [...FLAGS, `--metadata-field=${field}`, '--redaction-filters={"redact":["token=(.*)"]}'];
    const { values } = loadConfig({ argv, env: {} });
    return configDigest(values, await readMetadataFields(values, {}));
  };
  const one = await digestOf("token=hunter2");
  expect(await digestOf("token=hunter3")).toBe(one);
  expect(await digestOf('token:="hunter4"')).toBe(one);
  expect(await digestOf("site=hunter2")).not.toBe(one);
  expect(await digestOf("site=hunter3")).not.toBe(await digestOf("site=hunter2"));
});
