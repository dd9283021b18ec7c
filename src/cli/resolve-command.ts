/** @module Which command words name: one of the table, or one below it. */
import type { Command, CommandTable } from "./command.ts";
import { unknownCommand } from "./unknown-command.ts";

/** Other names of commands, those that `tetra` has. */
const ALIASES: Readonly<Record<string, string>> = { log: "loglevel", tp: "tracingpolicy" };

/** The name in the table for what was typed. */
export function commandName(word: string): string {
  return Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word;
}

/** A command, and how it was called. */
export interface ResolvedCommand {
  /** With the names of the commands above it: `loglevel get`. */
  readonly name: string;
  readonly command: Command;
  /** What follows the name. */
  readonly rest: readonly string[];
}

/**
 * Goes down from command to command, for as long as words name one.
 * @param words Never empty.
 * @throws TetradError `config` for a word that names none where one is expected.
 */
export async function resolveCommand(
  words: readonly string[],
  commands: CommandTable,
): Promise<ResolvedCommand> {
  const names: string[] = [];
  let rest = words;
  for (let table = commands; ; ) {
    const [word = "", ...others] = rest;
    const name = names.length === 0 ? commandName(word) : word;
    if (!Object.hasOwn(table, name)) throw unknownCommand([...names, word].join(" "), Object.keys(table));
    names.push(name);
    rest = others;
    const command = await table[name]!();
    const [next] = rest;
    if (command.commands === undefined || next === undefined || next.startsWith("-"))
      return { name: names.join(" "), command, rest };
    table = command.commands;
  }
}
