import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { readDirectory } from "../../src/config/directory.ts";
import { TemporaryRoot } from "./temporary.ts";

describe("readDirectory(OPTION_TABLE, )", () => {
  test("takes a file's name as the option and its trimmed content as the value", () => {
    using root = new TemporaryRoot();
    const port = root.write("conf.d/udp-output-port", " 9000\n");
    const allow = root.write("conf.d/export-allowlist", '{"pid":[1]}\n{"pid":[2]}\n\n');
    const { settings, problems } = readDirectory(OPTION_TABLE, root.at("conf.d"));
    expect(problems).toEqual([]);
    expect(settings.get("udp-output-port")).toEqual({ text: "9000", origin: `file ${port}` });
    expect(settings.get("export-allowlist")).toEqual({
      text: '{"pid":[1]}\n{"pid":[2]}',
      origin: `file ${allow}`,
    });
  });

  test("reads a ConfigMap as Kubernetes mounts it: links into ..data, which is a link too", () => {
    using root = new TemporaryRoot();
    root.write("map/..2026_01_01_10_00_00.1/udp-output-port", "9000");
    root.write("map/..2026_01_01_10_00_00.1/debug", "true");
    symlinkSync("..2026_01_01_10_00_00.1", root.at("map/..data"));
    symlinkSync("..data/udp-output-port", root.at("map/udp-output-port"));
    symlinkSync("..data/debug", root.at("map/debug"));
    const { settings, problems } = readDirectory(OPTION_TABLE, root.at("map"), { required: true });
    expect(problems).toEqual([]);
    expect([...settings].map(([name, { text }]) => [name, text])).toEqual([
      ["debug", "true"],
      ["udp-output-port", "9000"],
    ]);
  });

  test("leaves out hidden files and directories", () => {
    using root = new TemporaryRoot();
    root.write("conf.d/.gitkeep", "");
    root.write("conf.d/..data/udp-output-port", "1");
    expect(readDirectory(OPTION_TABLE, root.at("conf.d"))).toEqual({
      settings: new Map(),
      problems: [],
      warnings: [],
    });
  });

  test("does not mind upper case in a name, as Tetragon does not", () => {
    using root = new TemporaryRoot();
    root.write("conf.d/UDP-Output-Port", "9000");
    expect(readDirectory(OPTION_TABLE, root.at("conf.d")).settings.get("udp-output-port")?.text).toBe("9000");
  });

  test("warns of every file that is not an option, and of a directory", () => {
    using root = new TemporaryRoot();
    const misspelt = root.write("conf.d/udp-ouput-port", "9000");
    const backup = root.write("conf.d/debug~", "true");
    const help = root.write("conf.d/help", "true");
    mkdirSync(root.at("conf.d/old"));
    const { problems, warnings } = readDirectory(OPTION_TABLE, root.at("conf.d"));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      `Ignored unknown option "debug~" (file ${backup}): did you mean debug?`,
      `Ignored "help" (file ${help}): it has to be a flag`,
      `Ignored directory "${root.at("conf.d/old")}": every option is a file`,
      `Ignored unknown option "udp-ouput-port" (file ${misspelt}): did you mean udp-output-port?`,
    ]);
  });

  test("says nothing about a missing directory unless it was asked for", () => {
    using root = new TemporaryRoot();
    expect(readDirectory(OPTION_TABLE, root.at("none")).problems).toEqual([]);
    expect(readDirectory(OPTION_TABLE, root.at("none"), { required: true }).problems).toEqual([
      `Cannot read config directory "${root.at("none")}": found nothing there, expected a directory`,
    ]);
  });

  test("refuses a link that leads nowhere", () => {
    using root = new TemporaryRoot();
    mkdirSync(root.at("conf.d"));
    symlinkSync("gone", root.at("conf.d/debug"));
    expect(readDirectory(OPTION_TABLE, root.at("conf.d")).problems).toEqual([
      `Cannot read config file "${root.at("conf.d/debug")}": found a link that leads nowhere, expected a file`,
    ]);
  });

  test("refuses a directory that others may write, with one line and none of its files", () => {
    using root = new TemporaryRoot();
    root.write("conf.d/debug", "true");
    root.write("conf.d/udp-output-port", "9000");
    chmodSync(root.at("conf.d"), 0o777);
    const { settings, problems } = readDirectory(OPTION_TABLE, root.at("conf.d"));
    const path = root.at("conf.d");
    expect(settings.size).toBe(0);
    expect(problems).toEqual([
      `Cannot read config directory "${path}": found directory ${path} with mode 0777, expected nobody but its owner to be able to write it (chmod go-w)`,
    ]);
  });

  test("says the first of many files that are no options, and how many more there are", () => {
    using root = new TemporaryRoot();
    for (let i = 0; i < 50; i++) root.write(`conf.d/file${i}`, "");
    const { warnings, problems } = readDirectory(OPTION_TABLE, root.at("conf.d"));
    expect(problems).toEqual([]);
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toContain("Ignored 30 more unknown options");
  });
});
