/** A Debian package for each executable, without dpkg: `npm run deb -- --help`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { TetradError } from "../../src/os/error.ts";
import { readArguments } from "../arguments.ts";
import { commitTime } from "../image/source.ts";
import { DIST, type Executable, withExecutables } from "../pack/executables.ts";
import { writePackage } from "./package.ts";

const USAGE = `Writes dist/tetrad_VERSION_ARCH.deb for each executable.

Usage: npm run deb -- [options] EXECUTABLE...

An executable that is not self-contained is packed in passing. Without any, those that npm run build -- --all makes.

  --output=DIRECTORY  instead of dist
  --help
`;

const { version, description } = packageJson;

function write({ path, architecture }: Executable, directory: string): void {
  const bytes = writePackage({ executable: path, architecture, version, description, created: commitTime() });
  const output = join(directory, `tetrad_${version}_${architecture}.deb`);
  writeFileSync(output, bytes);
  console.log(`${output}  ${(bytes.length / 1e6).toFixed(1)} MB`);
}

try {
  const { values, positionals } = readArguments({
    usage: USAGE,
    allowPositionals: true,
    options: { output: { type: "string", default: DIST } },
  });
  withExecutables(positionals, (executables) => {
    for (const executable of executables) write(executable, values.output);
  });
} catch (error) {
  if (!(error instanceof TetradError || error instanceof SyntaxError || error instanceof TypeError))
    throw error;
  console.error(error.message);
  process.exitCode = 1;
}
