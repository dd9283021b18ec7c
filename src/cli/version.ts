/** @module `tetrad version`. */
import { readLicenses } from "../install/licenses.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { TetradError } from "../os/error.ts";
import type { Command } from "./context.ts";
import { EXIT_OK } from "./exit-code.ts";
import { requestedHelp } from "./help.ts";

/** Prints version, commit, date, Bun and target; with `--licenses` the licences that the executable carries. */
export const runVersion: Command = async ({ argv, print }) => {
  const help = requestedHelp(argv.filter((argument) => argument !== "--licenses"));
  if (help !== undefined) {
    print(help);
    return EXIT_OK;
  }
  const unknown = argv.find((argument) => argument !== "--licenses");
  if (unknown !== undefined) {
    throw new TetradError(
      "config",
      `Cannot use argument ${JSON.stringify(unknown)}: expected --licenses or nothing`,
    );
  }
  if (argv.includes("--licenses")) {
    const licenses = readLicenses();
    if (licenses === undefined) {
      throw new TetradError(
        "failed",
        `Cannot print licences: "${process.execPath}" carries none, as released executables do`,
      );
    }
    print(licenses);
    return EXIT_OK;
  }
  const { version, commit, date, target } = BUILD_INFO;
  print(
    [
      `tetrad   ${version}`,
      `commit   ${commit ?? "unknown"}`,
      `date     ${date ?? "unknown"}`,
      `bun      ${Bun.version}`,
      `target   ${target ?? `source on ${process.platform}-${process.arch}`}`,
      "",
    ].join("\n"),
  );
  return EXIT_OK;
};
