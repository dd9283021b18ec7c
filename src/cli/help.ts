/** @module The help text, rendered from the option table. */
import { helpAsked } from "../config/flags.ts";
import { GROUPS, type Group, type Option } from "../config/option.ts";
import { namesOfGroup, type OptionName, optionOf } from "../config/options.ts";
import { COMMAND_DESCRIPTIONS } from "./command-list.ts";

/** The help text when `argv` asks for it with `-h`, `--help` or `--help-all`, as wide as the terminal. */
export function requestedHelp(argv: readonly string[]): string | undefined {
  const asked = helpAsked(argv);
  if (asked === undefined) return undefined;
  const commands = Object.entries(COMMAND_DESCRIPTIONS).map(([name, description]) => ({ name, description }));
  return renderHelp({ columns: process.stdout.columns ?? 80, commands, all: asked === "help-all" });
}

/** One command, for the list of commands. */
export interface CommandHelp {
  readonly name: string;
  readonly description: string;
}

/** What {@link renderHelp} shows. */
export interface HelpSettings {
  /** Width of the terminal. Text is wrapped to it, but to no fewer than 40 and no more than 100 columns. */
  readonly columns: number;
  readonly commands: readonly CommandHelp[];
  /** Describe the options without effect too (`--help-all`). */
  readonly all: boolean;
}

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 100;

/** How wide the text is on a terminal of so many columns. */
export function helpWidth(columns: number): number {
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns));
}

/** The help text of the whole program. Ends with a newline. */
export function renderHelp({ columns, commands, all }: HelpSettings): string {
  const width = helpWidth(columns);
  const lines = [
    ...wrap(
      "tetrad exports Tetragon events over UDP, to a file or to standard output. Its first datagram is always agent_init: who is speaking.",
      width,
    ),
    "",
    "Usage: tetrad [COMMAND] [FLAGS]",
    "",
    "Commands:",
    ...commands.flatMap(({ name, description }) => commandLines(name, description, width)),
  ];
  for (const group of Object.keys(GROUPS) as Group[]) lines.push("", ...groupLines(group, { width, all }));
  lines.push("", ...footer(width));
  return `${lines.join("\n")}\n`;
}

const COMMAND_COLUMN = 14;

function commandLines(name: string, description: string, width: number): string[] {
  const [first = "", ...rest] = wrap(description, width - COMMAND_COLUMN);
  return [
    `  ${name}`.padEnd(COMMAND_COLUMN) + first,
    ...rest.map((line) => " ".repeat(COMMAND_COLUMN) + line),
  ];
}

function groupLines(group: Group, { width, all }: { width: number; all: boolean }): string[] {
  const names = namesOfGroup(group);
  const described = all || names.some((name) => optionOf(name).support === "used");
  if (described)
    return [...wrap(`${GROUPS[group]}:`, width), ...names.flatMap((name) => optionLines(name, width))];
  const list = names.map((name) => `--${name}`).join(", ");
  return [...wrap(`${GROUPS[group]}, described by --help-all:`, width), ...indent(wrap(list, width - 2), 2)];
}

/** One option: what it is written as, its default and what it does. */
export function optionLines(name: OptionName, width: number): string[] {
  const option = optionOf(name);
  const letter = option.shorthand === undefined ? "" : `-${option.shorthand}, `;
  const value = option.placeholder === undefined ? "" : `=${option.placeholder}`;
  return [
    ...indent(wrap(`${letter}--${name}${value}${note(option)}`, width - 2), 2),
    ...indent(wrap(option.description, width - 6), 6),
  ];
}

function note(option: Option): string {
  if (option.flagOnly) return "";
  const initially = option.default === "" ? "default: empty" : `default: ${option.default}`;
  return ` (${initially}${option.reloadable ? ", reloadable" : ""})`;
}

function footer(width: number): string[] {
  return [
    ...wrap(
      "A flag's value follows = or a space; a boolean flag takes its value only after =, and without one it is true. A list takes commas or the flag repeated. Durations are written as in 300ms, 15s, 1h30m; sizes as in 65536, 64K, 2M, 1G. Reloadable options are read again at SIGHUP.",
      width,
    ),
    "",
    "Examples:",
    ...indent(
      [
        "# Watch this host, without any Tetragon, network connections too.",
        `sudo tetrad --event-source=sensor --enable-network-events \\`,
        "  --udp-output-enabled --udp-output-address=collector.example.com --udp-output-port=9000",
        "# Export what Tetragon writes to its log.",
        `tetrad --event-source=file:/var/log/tetragon/tetragon.log \\`,
        "  --udp-output-enabled --udp-output-address=collector.example.com --udp-output-port=9000",
        "# Export a recorded file and stop.",
        "tetrad --udp-output-enabled --event-source=file:events.jsonl --from-beginning --exit-at-end",
        "# Keep only the executions in one namespace, from a pipe to standard output.",
        `kubectl logs -n kube-system ds/tetragon -c export-stdout | tetrad --event-source=stdin --export-stdout \\`,
        `  --export-allowlist='{"event_set":["PROCESS_EXEC"],"namespace":["shop"]}'`,
        "# See what the flags, the environment and the files come to.",
        "tetrad config",
      ],
      2,
    ),
    "",
    "Environment and files, highest precedence first:",
    ...indent(
      [
        "flags",
        "TETRAGON_* variables, as TETRAGON_UDP_OUTPUT_PORT for --udp-output-port",
        "--config-dir, a file for each option",
        "/etc/tetragon/tetragon.conf.d, a file for each option",
        "/etc/tetragon/tetragon.yaml, option: value",
        "/usr/local/lib/tetragon/tetragon.conf.d, a file for each option",
        "/usr/lib/tetragon/tetragon.conf.d, a file for each option",
      ],
      2,
    ),
    ...wrap(
      "A file or directory that another user than root or the agent's own may write is refused.",
      width,
    ),
    "",
    "Exit codes:",
    ...indent(
      [
        "0  ended as asked; what the agent could not export is in the last line of its log",
        "1  something failed or was not read whole; tetrad listen got something invalid",
        "2  the configuration is wrong; each problem is one line on standard error",
        "3  the host lacks a right or a feature that was asked for",
      ],
      2,
    ),
  ];
}

/** `text` broken at spaces into lines of at most `width` columns; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

function indent(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => " ".repeat(columns) + line);
}
