/** Packs an executable from the command line: `bun scripts/pack/main.ts --help`. */
import { TetradError } from "../../src/os/error.ts";
import { readArguments } from "../arguments.ts";
import { collectLicenses } from "./licenses.ts";
import { packSelfContained } from "./pack.ts";

const USAGE = `Makes an executable self-contained.

Usage: bun scripts/pack/main.ts [options] EXECUTABLE

  --output=FILE          instead of the executable itself
  --libraries=DIRECTORY  loader and libraries to pack in place of this host's, as the LGPL grants
  --help
`;

function main(): number {
  const { values, positionals } = readArguments({
    usage: USAGE,
    allowPositionals: true,
    options: { output: { type: "string" }, libraries: { type: "string" } },
  });
  const [input] = positionals;
  if (input === undefined || positionals.length > 1) {
    console.error(`Found ${positionals.length} executables, needs one; --help lists what there is`);
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
