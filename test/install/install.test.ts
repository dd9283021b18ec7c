import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/agent/config.ts";
import { possibleCapabilities } from "../../src/agent/privileges.ts";
import { loadYaml } from "../../src/config/yaml-file.ts";
import { applyPlan } from "../../src/install/apply.ts";
import { CONFIG_FILE, DEFAULT_CONFIG } from "../../src/install/default-config.ts";
import { describePlan, type InstallFacts, planInstall, planUninstall } from "../../src/install/plan.ts";
import { renderUnit } from "../../src/install/unit.ts";

await loadYaml();

const capabilities = possibleCapabilities();

const scratch = mkdtempSync(join(tmpdir(), "tetrad-install-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const executable = join(scratch, "tetrad-download");
writeFileSync(executable, "an executable");

let roots = 0;
/** Facts about a new, empty root. */
function emptyRoot(): InstallFacts {
  const root = join(scratch, `root-${++roots}`);
  mkdirSync(root);
  return { executable, root, hasSystemd: false, config: undefined };
}

function apply(actions: ReturnType<typeof planInstall>, tolerant = false): string[] {
  const lines: string[] = [];
  applyPlan(actions, { report: (line) => lines.push(line), tolerant });
  return lines;
}

/** Every file below `directory`. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length))
    .sort();
}

const INSTALLED = [
  "/etc/systemd/system/tetrad.service",
  "/etc/tetragon/tetragon.yaml",
  "/usr/local/bin/tetrad",
];

describe("planInstall()", () => {
  test("applied to an empty root writes executable, configuration and unit, and nothing else", () => {
    const facts = emptyRoot();
    apply(planInstall(facts, { capabilities }));
    expect(filesBelow(facts.root)).toEqual(INSTALLED);
    const installed = join(facts.root, "usr/local/bin/tetrad");
    expect(readFileSync(installed, "utf8")).toBe("an executable");
    expect(statSync(installed).mode & 0o7777).toBe(0o755);
    expect(readFileSync(join(facts.root, INSTALLED[0]!), "utf8")).toBe(
      renderUnit({ executable: "/usr/local/bin/tetrad", capabilities }),
    );
  });

  test("applied twice gives the same", () => {
    const facts = emptyRoot();
    apply(planInstall(facts, { capabilities }));
    apply(planInstall({ ...facts, config: DEFAULT_CONFIG }, { capabilities }));
    expect(filesBelow(facts.root)).toEqual(INSTALLED);
  });

  test("keeps a configuration that is there, and an executable that is in place", () => {
    const facts = emptyRoot();
    const inPlace = join(facts.root, "usr/local/bin/tetrad");
    const types = planInstall(
      { ...facts, executable: inPlace, config: "mine: true\n" },
      { capabilities },
    ).map((a) => a.type);
    expect(types).toEqual(["keep", "keep", "write"]);
  });

  test("calls systemctl only where systemd runs, and starts only when asked to", () => {
    const facts = { ...emptyRoot(), hasSystemd: true };
    const commands = (actions: ReturnType<typeof planInstall>) =>
      actions.flatMap((action) => (action.type === "run" ? [action.command.join(" ")] : []));
    expect(commands(planInstall(facts, { capabilities }))).toEqual([
      "systemctl daemon-reload",
      "systemctl enable tetrad.service",
    ]);
    expect(commands(planInstall(facts, { capabilities, start: true })).at(-1)).toBe(
      "systemctl restart tetrad.service",
    );
    expect(commands(planInstall({ ...facts, hasSystemd: false }, { capabilities }))).toEqual([]);
  });
});

describe("planUninstall()", () => {
  test("takes away what was installed, and keeps the configuration without --purge", () => {
    const facts = emptyRoot();
    apply(planInstall(facts, { capabilities }));
    apply(planUninstall({ ...facts, config: DEFAULT_CONFIG }));
    expect(filesBelow(facts.root)).toEqual(["/etc/tetragon/tetragon.yaml"]);
  });

  test("with --purge removes the configuration unless it has been changed", () => {
    const types = (config: string) => {
      const plan = planUninstall({ ...emptyRoot(), config }, { purge: true });
      return plan.find((action) => "path" in action && action.path.endsWith(CONFIG_FILE))?.type;
    };
    expect(types(DEFAULT_CONFIG)).toBe("remove");
    expect(types("mine: true\n")).toBe("keep");
  });

  test("is not an error where nothing is installed", () => {
    const facts = emptyRoot();
    apply(planUninstall(facts, { purge: true }), true);
    expect(filesBelow(facts.root)).toEqual([]);
  });
});

describe("describePlan()", () => {
  test("shows every step and the text of every file", () => {
    const text = describePlan(
      planInstall(
        { executable: "/tmp/tetrad", root: "/", hasSystemd: true, config: undefined },
        { capabilities },
      ),
    );
    const steps = text.split("\n").filter((line) => /^\S/.test(line));
    expect(steps).toEqual([
      "copy    /tmp/tetrad to /usr/local/bin/tetrad (mode 755)",
      "write   /etc/tetragon/tetragon.yaml (mode 644)",
      "write   /etc/systemd/system/tetrad.service (mode 644)",
      "run     systemctl daemon-reload",
      "run     systemctl enable tetrad.service",
    ]);
    for (const line of DEFAULT_CONFIG.trimEnd().split("\n")) expect(text).toContain(line);
  });
});

describe("applyPlan()", () => {
  test("names the step that failed and leaves no temporary file", () => {
    const facts = emptyRoot();
    writeFileSync(join(facts.root, "etc"), "a file in the way");
    expect(() => apply(planInstall(facts, { capabilities }))).toThrow(
      `Cannot write ${facts.root}/etc/tetragon/tetragon.yaml (mode 644): E`,
    );
    expect(filesBelow(facts.root)).toEqual(["/etc", "/usr/local/bin/tetrad"]);
  });

  test("reports a command that fails when it is asked to go on, and throws otherwise", () => {
    const failing = [{ type: "run", command: ["false"] } as const];
    expect(apply(failing, true)).toEqual(["failed  false: exit code 1"]);
    expect(() => apply(failing)).toThrow("Cannot run false: exit code 1");
  });
});

// The check of who may write a configuration looks at the directories above, too: they have to be root's or ours.
test("the default configuration is one that tetrad takes, without a warning", () => {
  const facts = emptyRoot();
  apply(planInstall(facts, { capabilities }));
  const { values, warnings } = loadConfig({ argv: [], root: facts.root });
  expect(warnings).toEqual([]);
  expect(values["udp-output-enabled"]).toBe(true);
  expect(values["checkpoint-file"]).toBe("/var/lib/tetrad/checkpoint");
});
