/** @module `tetrad version`. */
import { type FlagTable, readValues } from "../config/flags.ts";
import { boolean } from "../config/kind.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { TetradError } from "../os/error.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

const FLAGS = {
  licenses: {
    kind: boolean(),
    default: "false",
    description: "Print the licences of everything that is inside the executable.",
    flagOnly: true,
  },
  ...HELP_FLAG,
} as const satisfies FlagTable;

export const version: Command = {
  flags: FLAGS,
  help: {
    summary:
      "Print version, commit, date, Bun and target; --licenses for the licences of all that is inside.",
    examples: [
      { does: "Say what a bug report needs.", command: ["tetrad version"] },
      { does: "Read the licences.", command: ["tetrad version --licenses | less"] },
    ],
    exitCodes: {
      [EXIT_OK]: "printed",
      [EXIT_FAILED]: "this executable carries no licences; released ones do",
      [EXIT_CONFIG]: "a flag is wrong",
    },
  },
  async run({ argv, print }) {
    const { values } = readValues(argv, FLAGS);
    print(values.licenses ? await licenses() : versionLines());
    return EXIT_OK;
  },
};

async function licenses(): Promise<string> {
  const { readLicenses } = await import("../install/licenses.ts");
  const text = readLicenses();
  if (text !== undefined) return text;
  throw new TetradError(
    "failed",
    `Cannot print licences: "${process.execPath}" carries none, as released executables do`,
  );
}

function versionLines(): string {
  const { version, commit, date, target } = BUILD_INFO;
  return [
    `tetrad   ${version}`,
    `commit   ${commit ?? "unknown"}`,
    `date     ${date ?? "unknown"}`,
    `bun      ${Bun.version}`,
    `target   ${target ?? `source on ${process.platform}-${process.arch}`}`,
    "",
  ].join("\n");
}
