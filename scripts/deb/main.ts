/**
 * Writes `dist/tetrad_VERSION_ARCH.deb` for each executable: `bun scripts/deb/main.ts [--output DIRECTORY] EXECUTABLE...`
 *
 * Executables have to be self-contained (`npm run build -- --self-contained`, or scripts/pack). Needs no dpkg.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../../package.json";
import { TetradError } from "../../src/os/error.ts";
import { commitTime } from "../image/source.ts";
import { parseElf } from "../pack/elf.ts";
import { machineOf } from "../pack/machine.ts";
import { writePackage } from "./package.ts";

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { output: { type: "string", default: join(import.meta.dir, "../../dist") } },
  });
  for (const executable of positionals) {
    if (!existsSync(executable)) throw new TetradError("failed", `Cannot find "${executable}"`);
    const architecture = machineOf(parseElf(executable, readFileSync(executable))).name;
    const bytes = writePackage({
      executable,
      architecture,
      version: packageJson.version,
      description: packageJson.description,
      created: commitTime(),
    });
    const output = join(values.output, `tetrad_${packageJson.version}_${architecture}.deb`);
    writeFileSync(output, bytes);
    console.log(`${output}  ${(bytes.length / 1e6).toFixed(1)} MB`);
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof TetradError || error instanceof SyntaxError || error instanceof TypeError))
    throw error;
  console.error(error.message);
  process.exitCode = 1;
}
