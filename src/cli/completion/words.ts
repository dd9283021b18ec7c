/** @module What there is to complete, from the definitions of the commands. */
import type { Flag } from "../../config/flags.ts";
import type { Command, CommandTable } from "../command.ts";

/** A flag as a shell needs to know it. */
export interface FlagWords {
  /** With its dashes. */
  readonly flag: string;
  /** With its dash; `undefined` for most. */
  readonly letter: string | undefined;
  /** One line of plain text. */
  readonly description: string;
  /** A boolean takes its value only after `=`, and is true without one. */
  readonly isBoolean: boolean;
  /** A path: offer the names of files. */
  readonly isPath: boolean;
  readonly values: readonly string[];
}

/** A command as a shell needs to know it. */
export interface CommandWords {
  /** `listen`; with the command above it, `loglevel/get`. */
  readonly name: string;
  readonly description: string;
  readonly flags: readonly FlagWords[];
  /** What its first argument may be that is not a flag; mostly nothing. */
  readonly argumentValues: readonly string[];
  /** Its first argument is a path. */
  readonly takesPath: boolean;
}

/** The command that runs when no name is given. */
export const UNNAMED = "run";

/** Stands between the names of a command and of one below it: no shell sees more in it than a character. */
const BELOW = "/";

/** Every command, in the order of the help text, each followed by those below it. */
export async function readCompletions(commands: CommandTable): Promise<CommandWords[]> {
  const found = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      const command = await load();
      const { commands: below = {} } = command;
      const words = Object.entries(below).map(async ([each, loadBelow]) =>
        commandWords(`${name}${BELOW}${each}`, await loadBelow(), commands),
      );
      return [commandWords(name, command, commands), ...(await Promise.all(words))];
    }),
  );
  return found.flat();
}

function commandWords(
  name: string,
  { flags, help, args = [], commands: below }: Command,
  commands: CommandTable,
): CommandWords {
  const [first] = args;
  return {
    name,
    description: help.summary,
    flags: Object.entries(flags).map(([flag, definition]) => flagWords(flag, definition)),
    argumentValues: below === undefined ? (first?.values?.(commands) ?? []) : Object.keys(below),
    takesPath: first?.isPath === true,
  };
}

/** Those that stand directly after `tetrad`. */
export function topCommands(commands: readonly CommandWords[]): CommandWords[] {
  return commands.filter(({ name }) => !name.includes(BELOW));
}

/** Those that stand below another. */
export function lowerCommands(commands: readonly CommandWords[]): CommandWords[] {
  return commands.filter(({ name }) => name.includes(BELOW));
}

function flagWords(name: string, { kind, shorthand, description }: Flag): FlagWords {
  return {
    flag: `--${name}`,
    letter: shorthand === undefined ? undefined : `-${shorthand}`,
    description: firstSentence(description),
    isBoolean: kind.name === "bool",
    isPath: kind.isPath === true,
    values: kind.values ?? [],
  };
}

/** A shell shows one line for each flag. */
function firstSentence(text: string): string {
  return text.split(/[.:;] /, 1)[0]?.replace(/\.$/, "") ?? "";
}

/** Flags that several commands have with the same values, with the commands; each flag stands for all of its kind. */
export function flagsByCommands(
  commands: readonly CommandWords[],
): readonly { readonly commands: readonly string[]; readonly words: FlagWords }[] {
  const groups = new Map<string, { commands: string[]; words: FlagWords }>();
  for (const { name, flags } of commands) {
    for (const words of flags) {
      const key = JSON.stringify(words);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { commands: [name], words });
      else group.commands.push(name);
    }
  }
  return [...groups.values()];
}

/** `text` as one word of a POSIX shell or fish, quoted where it must be. */
export function quoteWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
