/**
 * Packs an executable from the command line:
 * `bun scripts/pack/main.ts EXECUTABLE [--output FILE] [--libraries DIRECTORY]`
 *
 * Without `--output` the executable is replaced. `--libraries` names a directory with the loader and libraries to
 * pack in place of the build host's, as the LGPL grants.
 */
import { parseArgs } from "node:util";
import { TetradError } from "../../src/os/error.ts";
import { collectLicenses } from "./licenses.ts";
import { packSelfContained } from "./pack.ts";

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { output: { type: "string" }, libraries: { type: "string" } },
  });
  const [input] = positionals;
  if (input === undefined || positionals.length > 1) {
    console.error("Usage: bun scripts/pack/main.ts EXECUTABLE [--output FILE] [--libraries DIRECTORY]");
    return 2;
  }
  const output = values.output ?? input;
  const directories = values.libraries === undefined ? undefined : [values.libraries];
  const result = packSelfContained({
    input,
    output,
    licenses: collectLicenses(input, directories),
    ...(directories === undefined ? {} : { libraryDirectories: directories }),
  });
  console.log(
    `${output}: ${result.size} bytes, ${result.added} more than before: ${result.libraries.join(", ")}`,
  );
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof TetradError || error instanceof SyntaxError || error instanceof TypeError))
    throw error;
  console.error(error.message);
  process.exitCode = 1;
}
