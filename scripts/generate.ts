/**
 * @module Writes what is generated: from the option table `src/agent/option-defaults.ts`, `docs/options.md` and `test/fixtures/help.txt`, the help text as
 * people see it, from the description of tracing policies `docs/policy-fields.md` and their JSON Schema, from `proto/` the description of Tetragon's messages and the services of its API, and from the description
 * the JSON Schemas in `docs/schema/` and what Elasticsearch and Kibana are given in `integrations/elastic/`, and from that of policies what Kubernetes is given in `charts/tetrad/files/crds/`, and what else follows from the chart's values. With `--check` it writes nothing and exits 1 when something would change.
 *
 *     bun scripts/generate.ts [--check]
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONFIG_PATHS } from "../src/config/load.ts";
import type { Option } from "../src/config/option.ts";
import { variableOf } from "../src/config/table.ts";
import { renderChart } from "./generate/chart.ts";
import { renderDefinitions } from "./generate/crds.ts";
import { renderDescription } from "./generate/description.ts";
import { renderEcs } from "./generate/ecs.ts";
import { renderElastic } from "./generate/elastic/index.ts";
import { renderJsonSchemas } from "./generate/json-schemas.ts";
import { renderOptionDefaults } from "./generate/option-defaults.ts";
import { OPTION_TABLE } from "./generate/option-table.ts";
import { renderPolicyFields } from "./generate/policy-fields.ts";
import { renderServices } from "./generate/services.ts";

const GENERATED = "<!-- Generated from the components' options.ts by scripts/generate.ts: edit there. -->";

/** Text that a Markdown table shows as it is. */
function cell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}

function code(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}

/** The whole of `docs/options.md`. */
export function renderReference(): string {
  const lines = [
    "# Options",
    "",
    GENERATED,
    "",
    "`tetrad config` prints the value of every option and where it was set, `tetrad config --json` the same for machines.",
    "",
    "## Where options are set",
    "",
    "The first place that sets an option wins; the order is Tetragon's.",
    "",
    "1. Flags: `--udp-output-port=9000`.",
    "2. Environment variables: `TETRAGON_UDP_OUTPUT_PORT=9000`. An empty variable sets nothing.",
    "3. The directory that `--config-dir` names: a file for each option, its name the option, its content the value. Names that begin with a dot and subdirectories are left out, so that a mounted Kubernetes ConfigMap is such a directory.",
    ...CONFIG_PATHS.map((path, index) =>
      path.endsWith(".yaml")
        ? `${index + 4}. \`${path}\`: \`option: value\` on each line, lists as YAML lists; aliases and merge keys (\`<<: *name\`) work.`
        : `${index + 4}. \`${path}\`: a file for each option.`,
    ),
    "",
    "A file, or the directory that holds it, is refused when another user than root or the agent's own owns it or may write it, unless its file system is mounted read-only. Unlike Tetragon, `tetrad` reads no `tetragon.yaml` in its working directory.",
    "",
    "An unknown flag is an error that names the nearest one. An unknown variable, or key in a file, is passed over with a warning that does: other programs may use the prefix, and files outlive releases. All errors are printed at once, one line each: option, where it was set, what was found, what was expected. The exit code is then 2.",
    "",
    "## How values are written",
    "",
    "| Type | Examples | |",
    "| --- | --- | --- |",
    "| bool | `true`, `false`, `1`, `0`, `t`, `F` | A flag without a value is `true`. Its value follows `=`: in `--debug false`, `false` is an argument of its own. |",
    "| int | `514`, `-1`, `0x10`, `1_000` | As in Go: `0x`, `0o` and `0b` set the base, and so does a leading zero, which makes the number octal. |",
    "| size | `65536`, `64K`, `2M`, `1G` | Bytes; the units are powers of 1024 and upper case. |",
    "| duration | `300ms`, `15s`, `1.5h`, `1h30m`, `0` | Units are `ns`, `us`, `ms`, `s`, `m`, `h`. A number without a unit is an error, also in a file, where Tetragon takes it for nanoseconds. |",
    '| list | `stdin,file:/a`, `"file:/a,b"` | Items between commas, quoted if they hold one. A repeated flag adds to the list; in a drop-in file a line break separates as well. |',
    "| octal | `600`, `0640` | File permissions. |",
    "| rate | `1000,1s` | A number of events and an interval. |",
    "",
    "A running agent takes over new values of options that are marked as reloadable when it receives SIGHUP. Other changes are logged and wait for a restart.",
  ];
  for (const group of OPTION_TABLE.groups) lines.push("", ...groupSection(group));
  return `${lines.join("\n")}\n`;
}

function groupSection(group: string): string[] {
  return [
    `## ${group}`,
    "",
    "| Option | Variable | Type | Default | Reloadable | |",
    "| --- | --- | --- | --- | --- | --- |",
    ...OPTION_TABLE.namesOf(group).map((name) => optionRow(name, OPTION_TABLE.row(name))),
  ];
}

function optionRow(name: string, option: Option): string {
  const letter = option.shorthand === undefined ? "" : `, \`-${option.shorthand}\``;
  const variable = option.flagOnly ? "" : code(variableOf(name));
  const cells = [
    `\`--${name}\`${letter}`,
    variable,
    option.kind.name,
    code(option.default),
    option.reloadable ? "yes" : "",
    cell(option.description) + expectation(option),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The bounds of a value, where the description and the type leave them open. */
function expectation({ kind }: Option): string {
  const bounds = /(?:from \S+ to \S+?|of at least \S+?|of at most \S+?)(?=,|$)/.exec(kind.expected)?.[0];
  return bounds === undefined
    ? ""
    : ` Expected: ${kind.expected.startsWith("0 or") ? "0, or " : ""}${bounds}.`;
}

function main(argv: readonly string[]): number {
  const check = argv.includes("--check");
  const root = join(import.meta.dir, "..");
  const bring = (files: Record<string, string | undefined>): number => {
    const stale = Object.entries(files).filter(([path, text]) => currentText(join(root, path)) !== text);
    for (const [path, text] of stale) {
      if (check) console.error(`Stale: ${path} (run: npm run generate)`);
      else if (text === undefined) rmSync(join(root, path));
      else {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      if (!check) console.log(`${text === undefined ? "Removed" : "Wrote"} ${path}`);
    }
    return stale.length;
  };
  // What is made of the description comes after it.
  let stale = bring({ ...renderDescription(), ...renderServices(), ...renderOptionDefaults() });
  stale += bring(renderJsonSchemas());
  stale += bring(renderElastic());
  stale += bring(renderEcs(root));
  stale += bring(renderChart(root));
  stale += bring({ "docs/policy-fields.md": renderPolicyFields() });
  stale += bring(renderDefinitions());
  stale += bring({ "docs/options.md": renderReference(), "test/fixtures/help.txt": renderHelp(root) });
  if (!check && stale === 0) console.log("All generated files are up to date");
  return check && stale > 0 ? 1 : 0;
}

/** What `tetrad --help` prints on 80 columns. */
function renderHelp(root: string): string {
  const command = [process.execPath, join(root, "src/main.ts"), "--help"];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { env: { COLUMNS: "80" } });
  if (exitCode !== 0) throw new Error(`Cannot render the help text: ${stderr}`);
  return stdout.toString();
}

function currentText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

if (import.meta.main) process.exit(main(process.argv.slice(2)));
