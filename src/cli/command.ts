/** @module What a command is. Its flags, its help and the shells' completion all come from one definition. */
import type { FlagSet, FlagTable } from "../config/flags.ts";
import { boolean } from "../config/kind.ts";

/** The process around a command. Commands get it passed in, so that tests can pass another. */
export interface CommandContext {
  /** Arguments after the command's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Every command by name, for those that speak of the others. */
  readonly commands: CommandTable;
  /** Writes to standard output, at once. @returns Whether somebody still reads it. */
  readonly print: (text: string | Uint8Array) => boolean;
  /** Writes to standard error, at once. */
  readonly printError: (text: string) => void;
}

/** A command line, and what it is good for. */
export interface Example {
  readonly does: string;
  /** What is typed, one line or several that a shell reads as one. */
  readonly command: readonly string[];
}

/** What `--help` says of a command, besides its flags. */
export interface CommandHelp {
  /** One sentence, for the list of commands as well. */
  readonly summary: string;
  /** Further paragraphs. */
  readonly details?: readonly string[];
  /** Never empty. */
  readonly examples: readonly [Example, ...Example[]];
  /** Every exit code and when the command ends with it. */
  readonly exitCodes: Readonly<Record<number, string>>;
  /**
   * The flags that the help describes.
   * @default all of them. The others are the agent's, and the help of `tetrad run` describes them.
   */
  readonly describes?: readonly string[];
  /** Describe the flags group by group, and the other places that may set them: the agent has a hundred. */
  readonly isGrouped?: true;
}

/** An argument of a command that is not a flag. */
export interface Argument {
  /** Stands for it in the help text. */
  readonly placeholder: string;
  readonly isRequired: boolean;
  /** Every value that it may have; where there are too many to list, {@link means} says what it is. */
  readonly values?: (commands: CommandTable) => readonly string[];
  /** To follow "is". */
  readonly means?: string;
  /** The value is a path: a shell offers the names of files. */
  readonly isPath?: true;
}

/** A command of `tetrad`. */
export interface Command {
  /** Every flag that it takes, {@link HELP_FLAG} among them. */
  readonly flags: FlagTable;
  /** {@link flags} one at a time, where making all of them takes long. */
  readonly flagSet?: FlagSet;
  /** In their order. @default none */
  readonly args?: readonly Argument[];
  /**
   * The commands that stand below this one, as in `tetrad loglevel get`. It does nothing by itself but print its help.
   * @default none
   */
  readonly commands?: CommandTable;
  readonly help: CommandHelp;
  /** Runs it. @returns the exit code. @throws TetradError for what the user can put right. */
  run(context: CommandContext): Promise<number>;
}

/** Every command by name; its module is loaded when it is asked for, and only then. */
export type CommandTable = Readonly<Record<string, () => Promise<Command>>>;

/** The flag that every command has. */
export const HELP_FLAG = {
  help: {
    kind: boolean(),
    default: "false",
    description: "Print this help text and exit.",
    shorthand: "h",
    flagOnly: true,
  },
} as const satisfies FlagTable;
