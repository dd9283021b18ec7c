/** @module `tetrad policy show`: the policies that come with the agent. */
import { readValues } from "../../config/flags.ts";
import { TetradError } from "../../os/error.ts";
import { asksForHashes, BUILTIN_NAMES, readBuiltin, summaryOf } from "../../policy/builtin/index.ts";
import { type Command, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_OK } from "../exit-code.ts";
import { unknownBuiltin } from "./source.ts";

export const show: Command = {
  flags: HELP_FLAG,
  args: [{ placeholder: "NAME", isRequired: false, values: () => BUILTIN_NAMES }],
  help: {
    summary: "Print a policy that comes with tetrad, to be copied and changed.",
    details: ["Without NAME it lists what there is, as tetrad policy list --builtin does."],
    examples: [
      { does: "See what there is.", command: ["tetrad policy show"] },
      {
        does: "Make one of your own of it.",
        command: ["tetrad policy show file-access > my-files.yaml", "tetrad policy check my-files.yaml"],
      },
    ],
    exitCodes: { [EXIT_OK]: "printed", [EXIT_CONFIG]: "there is no such policy, or a flag is wrong" },
  },
  async run({ argv, print }) {
    // As the option writes it, too.
    const name = readValues(argv, HELP_FLAG, 1).words[0]?.replace(/^builtin:/, "");
    if (name === undefined) {
      print(builtinTable());
      return EXIT_OK;
    }
    const text = readBuiltin(name);
    if (text === undefined) throw unknownBuiltin(name);
    if (asksForHashes(name))
      throw new TetradError(
        "config",
        `Cannot show "${name}": digests are at hooks of the security modules, which take the place of the text's own as it is loaded; load builtin:${name}, or see what tetrad policy explain says of it`,
      );
    print(text);
    return EXIT_OK;
  },
};

/** A line for each policy that comes with the agent: its name, and what it is for. */
export function builtinTable(): string {
  const width = Math.max(...BUILTIN_NAMES.map(({ length }) => length));
  return BUILTIN_NAMES.map((name) => `${name.padEnd(width)}  ${summaryOf(readBuiltin(name) ?? "")}\n`).join(
    "",
  );
}
