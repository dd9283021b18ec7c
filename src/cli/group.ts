/** @module A command that does nothing by itself, and has others below it. */
import { type Command, type CommandHelp, type CommandTable, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

/** Makes it. Without a word after its name it prints its help. */
export function commandGroup(commands: CommandTable, help: Omit<CommandHelp, "exitCodes">): Command {
  return {
    flags: HELP_FLAG,
    commands,
    help: { ...help, exitCodes: { [EXIT_OK]: "printed", [EXIT_CONFIG]: "there is no such command" } },
    async run() {
      return EXIT_OK;
    },
  };
}
