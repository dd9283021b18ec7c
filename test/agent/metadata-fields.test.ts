import { describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/agent/config.ts";
import { readMetadataFields } from "../../src/agent/metadata-fields.ts";
import { temporaryDirectory } from "../exporter/support.ts";

const load = (flags: readonly string[], env = {}) =>
  loadConfig({ argv: ["--config-dir=", "--udp-output-enabled", ...flags], env }).values;

const read = async (flags: readonly string[], env = {}) =>
  Object.fromEntries(await readMetadataFields(load(flags, env), env));

describe("--metadata-field", () => {
  test("takes texts, JSON, files and variables, in the order in which they were given", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "zone");
    writeFileSync(path, "eu-1\n", { mode: 0o600 });
    const flags = ["b=x,y", 'tags:=["a,b",true]', `zone=@${path}`, "team=env:TEAM", "a=1"];
    const fields = await read(
      flags.map((field) => `--metadata-field=${field}`),
      { TEAM: "red" },
    );
    expect(Object.entries(fields)).toEqual([
      ["b", "x,y"],
      ["tags", ["a,b", true]],
      ["zone", "eu-1"],
      ["team", "red"],
      ["a", "1"],
    ]);
  });

  test("redaction sees each as it sees an environment variable", async () => {
    const flags = ["token=abc", "note=my token=abc", "n:=42", 'list:=["token=q", "r"]', "site=berlin"];
    const fields = await read([
      '--redaction-filters={"redact":["token=(\\\\w+)","^n=(4)"]}',
      ...flags.map((field) => `--metadata-field=${field}`),
    ]);
    expect(fields).toEqual({
      token: "*****",
      note: "my token=*****",
      n: "*****2",
      list: ["token=*****", "r"],
      site: "berlin",
    });
  });

  test("a configuration with fields that are not good does not load: a line each", () => {
    const lines = (...fields: string[]) => {
      try {
        load(fields.map((field) => `--metadata-field=${field}`));
      } catch (error) {
        return (error as Error).message.split("\n");
      }
      return [];
    };
    const [own, twice] = lines("hostname=x", "a=1", "a=2");
    expect(own).toStartWith(
      'Cannot use --metadata-field (flag): found a name that is the agent\'s own in "hostname=x", expected name=text, ',
    );
    expect(twice).toContain('found "a" twice');
    expect(lines(...Array.from({ length: 33 }, (_, i) => `f${i}=x`))).toEqual([
      "Cannot use --metadata-field (flag): found 33 fields, expected at most 32",
    ]);
  });

  test("what is not there, or not to be trusted, is named with the way out", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "zone");
    writeFileSync(path, "x", { mode: 0o666 });
    chmodSync(path, 0o666);
    const flags = [
      `--metadata-field=z=@${path}`,
      "--metadata-field=f=@/nowhere",
      "--metadata-field=v=env:NO",
    ];
    const error = await read(flags).catch((caught: Error) => caught);
    expect((error as Error).message.split("\n")).toEqual([
      expect.stringMatching(
        /^Cannot use --metadata-field "z": file ".*zone": found .* with mode 0666, .*chmod go-w/,
      ),
      'Cannot use --metadata-field "f": found no file "/nowhere", expected one (for the text itself: f:="@...")',
      'Cannot use --metadata-field "v": found no variable "NO", expected it to be set (for the text itself: v:="env:...")',
    ]);
  });

  test("all together are bounded, and so is what a file says", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "long");
    writeFileSync(path, "x".repeat(2000), { mode: 0o600 });
    expect(read([`--metadata-field=z=@${path}`])).rejects.toThrow(
      "found a value of 2002 bytes, more than 1024",
    );
    const many = Array.from({ length: 20 }, (_, i) => `--metadata-field=f${i}=${"x".repeat(900)}`);
    expect(read(many)).rejects.toThrow("bytes in all, expected at most 8192");
  });
});
