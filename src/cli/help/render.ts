/** @module The help text of one command and of the whole program. */
import { CONFIG_PATHS } from "../../config/load.ts";
import type { Argument, Command, CommandTable, Example } from "../command.ts";
import { flagLines, groupedFlagLines } from "./flags.ts";
import { definition, indent, type Layout, wrap } from "./layout.ts";

/** How a help text is rendered. */
export interface HelpSettings {
  readonly layout: Layout;
  /** Describe the options without effect too (`--help-all`). */
  readonly all: boolean;
}

const COMMAND_COLUMN = 17;
/** Columns before a term and after it. */
const GAP = 2;

/** The help text of the whole program: its commands, then the agent. Ends with a newline. */
export function renderProgramHelp(
  summaries: ReadonlyMap<string, string>,
  agent: Command,
  { layout, all }: HelpSettings,
): string {
  const lines = [
    ...wrap(
      "tetrad watches this host by eBPF, or takes the events of a Tetragon, and exports them over UDP, to a file or to standard output. The first message is always agent_init: who is speaking.",
      layout.width,
    ),
    "",
    `${layout.heading("Usage:")} tetrad [COMMAND] [FLAGS]`,
    "",
    layout.heading("Commands:"),
    ...[...summaries].flatMap(([name, summary]) =>
      definition(name, summary, { column: COMMAND_COLUMN, layout }),
    ),
    "",
    ...wrap("tetrad COMMAND --help describes one command. The flags of tetrad run:", layout.width),
    ...bodyLines(agent, { layout, all }),
  ];
  return `${lines.join("\n")}\n`;
}

/** The help text of one command. Ends with a newline. */
export function renderCommandHelp(
  name: string,
  command: Command,
  commands: CommandTable,
  { layout, all }: HelpSettings,
): string {
  const { summary, details = [] } = command.help;
  const { args = [] } = command;
  const lines = [
    ...wrap(`tetrad ${name}: ${summary}`, layout.width),
    ...details.flatMap((paragraph) => ["", ...wrap(paragraph, layout.width)]),
    "",
    `${layout.heading("Usage:")} tetrad ${name} [FLAGS]${args.map(argumentUsage).join("")}`,
    ...args.flatMap((argument) => argumentLines(argument, commands, layout)),
    ...bodyLines(command, { layout, all }),
  ];
  return `${lines.join("\n")}\n`;
}

/** The help text of a command that has others below it. Ends with a newline. */
export function renderGroupHelp(
  name: string,
  { help: { summary, details = [], examples } }: Command,
  { summaries, layout }: { readonly summaries: ReadonlyMap<string, string>; readonly layout: Layout },
): string {
  const lines = [
    ...wrap(`tetrad ${name}: ${summary}`, layout.width),
    ...details.flatMap((paragraph) => ["", ...wrap(paragraph, layout.width)]),
    "",
    `${layout.heading("Usage:")} tetrad ${name} COMMAND [FLAGS]`,
    "",
    layout.heading("Commands:"),
    ...[...summaries].flatMap(([each, text]) => definition(each, text, { column: COMMAND_COLUMN, layout })),
    "",
    ...wrap(`tetrad ${name} COMMAND --help describes one command.`, layout.width),
    "",
    layout.heading("Examples:"),
    ...indent(examples.flatMap(exampleLines), 2),
  ];
  return `${lines.join("\n")}\n`;
}

function argumentUsage({ isRequired, placeholder }: Argument): string {
  return isRequired ? ` ${placeholder}` : ` [${placeholder}]`;
}

function argumentLines(
  { placeholder, values, means }: Argument,
  commands: CommandTable,
  layout: Layout,
): string[] {
  const meaning = means ?? `one of ${values?.(commands).join(", ")}`;
  return ["", ...wrap(`${placeholder} is ${meaning}.`, layout.width)];
}

function bodyLines(command: Command, { layout, all }: HelpSettings): string[] {
  const { flags, help } = command;
  const lines = help.isGrouped
    ? [...groupedFlagLines(flags, layout, all), "", ...wrap(HOW_FLAGS_ARE_WRITTEN, layout.width)]
    : ungroupedFlagLines(command, layout);
  lines.push("", layout.heading("Examples:"), ...indent(help.examples.flatMap(exampleLines), 2));
  if (help.isGrouped) lines.push("", ...configurationLines(layout));
  lines.push("", layout.heading("Exit codes:"));
  const codes = Object.entries(help.exitCodes);
  const column = Math.max(...codes.map(([code]) => code.length)) + 2 * GAP;
  for (const [code, meaning] of codes) lines.push(...definition(code, meaning, { column, layout }));
  return lines;
}

function ungroupedFlagLines({ flags, help: { describes } }: Command, layout: Layout): string[] {
  const lines = ["", layout.heading("Flags:"), ...flagLines(flags, describes ?? Object.keys(flags), layout)];
  if (describes === undefined) return lines;
  return [
    ...lines,
    "",
    ...wrap(`Every flag of the agent is taken too: see tetrad run --help.`, layout.width),
  ];
}

function exampleLines({ does, command }: Example): string[] {
  return [`# ${does}`, ...command];
}

const HOW_FLAGS_ARE_WRITTEN =
  "A flag's value follows = or a space; a boolean flag takes its value only after =, and without one it is true. A list takes commas or the flag repeated. Durations are written as in 300ms, 15s, 1h30m; sizes as in 65536, 64K, 2M, 1G. Reloadable options are read again at SIGHUP.";

function configurationLines({ width, heading }: Layout): string[] {
  return [
    ...wrap("Environment and files, highest precedence first:", width).map(heading),
    ...indent(
      [
        "flags",
        "TETRAGON_* variables, as TETRAGON_UDP_OUTPUT_PORT for --udp-output-port",
        "--config-dir, a file for each option",
        ...CONFIG_PATHS.map((path) =>
          path.endsWith(".yaml") ? `${path}, option: value` : `${path}, a file for each option`,
        ),
      ].flatMap((line) => wrap(line, width - 2)),
      2,
    ),
    ...wrap(
      "A file or directory that another user than root or the agent's own may write is refused.",
      width,
    ),
  ];
}
