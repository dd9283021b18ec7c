/** @module `tetrad version`. */
import { BUILD_INFO } from "../metadata/build-info.ts";
import type { Command } from "./context.ts";
import { EXIT_OK } from "./exit-code.ts";

/** Prints version, commit, date, Bun and target. */
export const runVersion: Command = async ({ print }) => {
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
