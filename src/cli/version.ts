/** @module `tetrad version`. */
import { type FlagTable, readValues } from "../config/flags.ts";
import { boolean } from "../config/kind.ts";
import { printable } from "../lib/text/printable.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { TetradError } from "../os/error.ts";
import { API_FLAGS, type ApiValues } from "./api/flags.ts";
import { type Command, type CommandContext, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

const FLAGS = {
  licenses: {
    kind: boolean(),
    default: "false",
    description: "Print the licences of everything that is inside the executable.",
    flagOnly: true,
  },
  server: {
    kind: boolean(),
    default: "false",
    description: "Print the version of a running tetrad or Tetragon, too.",
    shorthand: "s",
    flagOnly: true,
  },
  build: {
    kind: boolean(),
    default: "false",
    description: "Print how this executable was built, which is always printed.",
    shorthand: "b",
    flagOnly: true,
  },
  ...API_FLAGS,
  ...HELP_FLAG,
} as const satisfies FlagTable;

export const version: Command = {
  flags: FLAGS,
  help: {
    summary:
      "Print version, commit, date, Bun and target; --licenses for the licences of all that is inside.",
    examples: [
      { does: "Say what a bug report needs.", command: ["tetrad version"] },
      { does: "Ask the agent on this host for its version as well.", command: ["tetrad version --server"] },
      { does: "Read the licences.", command: ["tetrad version --licenses | less"] },
    ],
    exitCodes: {
      [EXIT_OK]: "printed",
      [EXIT_FAILED]:
        "the server could not be reached; or this executable carries no licences, as released ones do",
      [EXIT_CONFIG]: "a flag is wrong",
    },
  },
  async run({ argv, print, printError }) {
    const { values } = readValues(argv, FLAGS);
    print(values.licenses ? await licenses() : versionLines());
    if (values.server) print(`server   ${await serverVersion(values, printError)}\n`);
    return EXIT_OK;
  },
};

async function serverVersion(values: ApiValues, printError: CommandContext["printError"]): Promise<string> {
  const { callServer } = await import("./api/call.ts");
  const { FineGuidanceSensors } = await import("../encoding/protobuf/generated/tetragon/sensors_pb.ts");
  const server = { values, printError, task: "ask for the version" };
  const answer = await callServer(server, FineGuidanceSensors.method.getVersion, {});
  return printable(answer.version);
}

async function licenses(): Promise<string> {
  const { readLicenses } = await import("../install/licenses.ts");
  const text = readLicenses();
  if (text !== undefined) return text;
  throw new TetradError(
    "failed",
    `Cannot print licences: "${process.execPath}" carries none, as released executables do`,
  );
}

/** Version and build, a line each. */
export function versionLines(): string {
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
