/** @module `tetrad version`. */
import { readLicenses } from "../install/licenses.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { TetradError } from "../os/error.ts";
import type { Command } from "./context.ts";
import { EXIT_OK } from "./exit-code.ts";

/** Prints version, commit, date, Bun and target; with `--licenses` the licences that the executable carries. */
export const runVersion: Command = async ({ argv, print }) => {
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
