/** @module `tetrad help`: the help text of the program or of one command. */
import { readValues } from "../config/flags.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";
import { resolveCommand } from "./resolve-command.ts";
import { unknownCommand } from "./unknown-command.ts";

/** Words of the name of a command: `tracingpolicy list`. */
const MAX_DEPTH = 2;

export const help: Command = {
  flags: HELP_FLAG,
  args: [{ placeholder: "COMMAND", isRequired: false, values: (commands) => Object.keys(commands) }],
  help: {
    summary: "Print this text, or that of one command.",
    examples: [
      { does: "Read about one command, as with tetrad listen --help.", command: ["tetrad help listen"] },
    ],
    exitCodes: { [EXIT_OK]: "printed", [EXIT_CONFIG]: "there is no such command" },
  },
  async run({ argv, env, commands, print }) {
    const { words } = readValues(argv, HELP_FLAG, MAX_DEPTH);
    const found = words.length === 0 ? undefined : await resolveCommand(words, commands);
    const [extra] = found?.rest ?? [];
    if (extra !== undefined) throw unknownCommand(words.join(" "), []);
    const { helpText } = await import("./help/text.ts");
    print(await helpText(found, commands, { env, all: false }));
    return EXIT_OK;
  },
};
