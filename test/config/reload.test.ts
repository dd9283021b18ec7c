import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../src/agent/config.ts";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { reloadConfig } from "../../src/config/reload.ts";
import { loadYaml } from "../../src/config/yaml-file.ts";
import { TemporaryRoot } from "./temporary.ts";

await loadYaml();

describe("reloadConfig()", () => {
  test("takes over what can change and keeps the rest until a restart", () => {
    using root = new TemporaryRoot();
    const path = root.write("etc/tetragon/tetragon.yaml", "udp-output-port: 1000\nlog-level: info\n");
    const running = loadConfig({ argv: [], root: root.path });
    root.write(
      "etc/tetragon/tetragon.yaml",
      "log-level: debug\nudp-output-port: 2000\nexport-allowlist: x\n",
    );
    const { config, changed, needsRestart } = reloadConfig(
      OPTION_TABLE,
      running,
      loadConfig({ argv: [], root: root.path }),
    );
    expect(changed).toEqual(["export-allowlist", "log-level"]);
    expect(needsRestart).toEqual(["udp-output-port"]);
    expect(config.values).toMatchObject({
      "udp-output-port": 1000,
      "log-level": "debug",
      "export-allowlist": "x",
    });
    expect(config.origin("udp-output-port")).toBe(`file ${path}:1`);
    expect(config.origin("log-level")).toBe(`file ${path}:1`);
  });

  test("goes back to the default of an option that is not set any more", () => {
    const running = loadConfig({ argv: ["--log-level=debug"], root: "/nonexistent" });
    const { config, changed } = reloadConfig(
      OPTION_TABLE,
      running,
      loadConfig({ argv: [], root: "/nonexistent" }),
    );
    expect(changed).toEqual(["log-level"]);
    expect([config.values["log-level"], config.isSet("log-level")]).toEqual(["info", false]);
  });

  test("finds no change in another way to write the same value", () => {
    const running = loadConfig({
      argv: ["--udp-buffer-size=65536", "--event-source=file:/a"],
      root: "/nonexistent",
    });
    const loaded = loadConfig({
      argv: ["--udp-buffer-size=64K", "--event-source= file:/a,"],
      root: "/nonexistent",
    });
    const { changed, needsRestart } = reloadConfig(OPTION_TABLE, running, loaded);
    expect([changed, needsRestart]).toEqual([[], []]);
  });

  test("keeps no earlier configuration in memory, however often it is asked", async () => {
    const load = () => loadConfig({ argv: ["--udp-output-port=1000"], root: "/nonexistent" });
    let running = load();
    const earlier: WeakRef<object>[] = [];
    for (let i = 0; i < 50; i++) {
      const loaded = load();
      earlier.push(new WeakRef(running), new WeakRef(loaded));
      running = reloadConfig(OPTION_TABLE, running, loaded).config;
    }
    // What a WeakRef was made of stays up to the end of the turn; the stack may hold a few for longer.
    await Bun.sleep(0);
    Bun.gc(true);
    expect(earlier.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
    expect(running.origin("udp-output-port")).toBe("flag --udp-output-port");
  });

  test("knows which options can change", () => {
    expect(OPTION_TABLE.names.filter((name) => OPTION_TABLE.row(name).reloadable).sort()).toEqual([
      "debug",
      "export-allowlist",
      "export-denylist",
      "export-rate-limit",
      "field-filters",
      "log-level",
      "metadata-field",
      "metadata-interval",
      "redaction-filters",
      "shutdown-timeout",
      "stats-interval",
    ]);
  });
});
