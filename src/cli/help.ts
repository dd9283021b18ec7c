/** @module `tetrad help`: the help text of the program or of one command. */
import { readValues } from "../config/flags.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";
import { unknownCommand } from "./unknown-command.ts";

export const help: Command = {
  flags: HELP_FLAG,
  argument: { placeholder: "COMMAND", isRequired: false, values: (commands) => Object.keys(commands) },
  help: {
    summary: "Print this text, or that of one command.",
    examples: [
      { does: "Read about one command, as with tetrad listen --help.", command: ["tetrad help listen"] },
    ],
    exitCodes: { [EXIT_OK]: "printed", [EXIT_CONFIG]: "there is no such command" },
  },
  async run({ argv, env, commands, print }) {
    const [name] = readValues(argv, HELP_FLAG, 1).words;
    if (name !== undefined && !Object.hasOwn(commands, name))
      throw unknownCommand(name, Object.keys(commands));
    const { helpText } = await import("./help/text.ts");
    print(await helpText(name, commands, { env, all: false }));
    return EXIT_OK;
  },
};
