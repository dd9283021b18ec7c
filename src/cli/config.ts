/** @module `tetrad config`: the effective value of every option and where it was set. */
import { type LoadedConfig, readConfig } from "../agent/config.ts";
import { OPTION_TABLE, type OptionName } from "../agent/option-table.ts";
import type { FlagTable } from "../config/flags.ts";
import { boolean } from "../config/kind.ts";
import { shownText } from "../config/option.ts";
import type { Command } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

const OWN_FLAGS = {
  json: {
    kind: boolean(),
    default: "false",
    description:
      "Print one JSON document for machines: value, text, type, origin and support of every option, and the warnings.",
    flagOnly: true,
  },
} as const satisfies FlagTable;

export const config: Command = {
  get flags() {
    return { ...OPTION_TABLE.rows, ...OWN_FLAGS };
  },
  help: {
    summary: "Print the value of every option and where it was set.",
    details: [
      "The values are those that a start with the same flags would have, environment and files included. Warnings go to standard error, secrets are masked.",
    ],
    describes: ["json", "help"],
    examples: [
      { does: "See what the environment and the files come to.", command: ["tetrad config"] },
      {
        does: "See which place wins over a flag's default, in a script.",
        command: ["tetrad config --json | jq '.options[\"udp-output-address\"].origin'"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "the configuration can be used",
      [EXIT_CONFIG]: "it cannot; each problem is one line on standard error",
    },
  },
  async run({ argv, env, print, printError }) {
    const loaded = await readConfig({ argv, env, commandFlags: OWN_FLAGS });
    for (const warning of loaded.warnings) printError(`${warning}\n`);
    print(printConfig(loaded, { json: loaded.commandFlags.has("json") }));
    return EXIT_OK;
  },
};

/** Longer values stand on their own and do not push every origin to the right. */
const MAX_VALUE_COLUMN = 36;

/** The configuration as lines for people or, with `json`, as one JSON document. Secrets are masked. Ends with a newline. */
export function printConfig(config: LoadedConfig, { json }: { readonly json: boolean }): string {
  return json ? printJson(config) : printLines(config);
}

function shownNames(group: string): OptionName[] {
  return OPTION_TABLE.namesOf(group).filter((name) => !OPTION_TABLE.row(name).flagOnly) as OptionName[];
}

function textOf(name: OptionName, config: LoadedConfig): string {
  const option = OPTION_TABLE.row(name);
  return shownText(option, option.kind.format(config.values[name]));
}

function printLines(config: LoadedConfig): string {
  const { groups } = OPTION_TABLE;
  const rows = groups
    .flatMap(shownNames)
    .map((name) => ({ name, value: quoteIfNeeded(textOf(name, config)) }));
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const valueWidth = Math.min(MAX_VALUE_COLUMN, Math.max(...rows.map(({ value }) => value.length)));
  const lines: string[] = [];
  for (const group of groups) {
    lines.push(...(lines.length === 0 ? [] : [""]), group);
    for (const { name, value } of rows.filter((row) => OPTION_TABLE.row(row.name).group === group)) {
      lines.push(`  ${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${config.origin(name)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** One word stays as it is; anything that would not read as one is quoted. */
function quoteIfNeeded(text: string): string {
  return /^[\x21-\x7e]+$/.test(text) && !text.startsWith('"') ? text : JSON.stringify(text);
}

/** `value` is for machines (durations in milliseconds, sizes in bytes), `text` is what a user would write. */
function printJson(config: LoadedConfig): string {
  const options = OPTION_TABLE.groups.flatMap(shownNames).map((name) => {
    const { kind, secret, shown, support } = OPTION_TABLE.row(name);
    const text = textOf(name, config);
    const isWhole = shown === undefined || text === "";
    return [
      name,
      {
        value: secret ? text : isWhole ? config.values[name] : kind.parse(text),
        text,
        type: kind.name,
        origin: config.origin(name),
        support,
      },
    ];
  });
  return `${JSON.stringify({ options: Object.fromEntries(options), warnings: config.warnings }, null, 2)}\n`;
}
