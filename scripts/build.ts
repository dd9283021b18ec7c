/** Builds the executables: `npm run build -- --help`. */
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename } from "node:path";
import packageJson from "../package.json";
import { readArguments } from "./arguments.ts";
import { guardFile } from "./pack/entry/guard.ts";
import { collectLicenses } from "./pack/licenses.ts";
import { packSelfContained } from "./pack/pack.ts";

const TARGETS = {
  "bun-linux-x64": "tetrad-linux-x64",
  "bun-linux-arm64": "tetrad-linux-arm64",
  "bun-linux-x64-musl": "tetrad-linux-x64-musl",
  "bun-linux-arm64-musl": "tetrad-linux-arm64-musl",
} as const;
type Target = keyof typeof TARGETS;

const USAGE = `Builds the executables.

Usage: npm run build -- [options]

                    dist/tetrad for this machine
  --all             x64 and arm64, glibc and musl, with SHA256SUMS, too
  --target=TARGET   that one alone: ${Object.keys(TARGETS).join(", ")}
  --self-contained  those for glibc carry loader, libraries and licences, and need nothing of the host's
  --help
`;

const root = new URL("..", import.meta.url).pathname;

/** What git answers; `""` without git or outside a repository. */
function git(...args: string[]): string {
  if (Bun.which("git") === null) return "";
  const result = Bun.spawnSync(["git", ...args], { cwd: root, stderr: "ignore" });
  return result.exitCode === 0 ? result.stdout.toString().trim() : "";
}

/** What is stamped into the executable: the commit and its date, so that the same commit gives the same stamp. */
function stamp(target: Target): Record<string, string> {
  const epoch = process.env.SOURCE_DATE_EPOCH ?? git("show", "-s", "--format=%ct", "HEAD");
  return {
    TETRAD_VERSION: `v${packageJson.version}`,
    TETRAD_COMMIT: git("rev-parse", "HEAD"),
    TETRAD_BUILD_DATE: epoch === "" ? "" : `${new Date(Number(epoch) * 1000).toISOString().slice(0, 19)}Z`,
    TETRAD_TARGET: target,
  };
}

function compile(target: Target, output: string): void {
  const defines = Object.entries(stamp(target)).map(
    ([name, value]) => `--define=${name}=${JSON.stringify(value)}`,
  );
  const temporary = `${output}.tmp`;
  const { exitCode } = Bun.spawnSync(
    [
      process.execPath,
      ...["build", "--compile", "--minify", "--bytecode", "--format=esm", `--target=${target}`],
      // Code that a run does not import is not loaded: 3 MB less, and a quarter of the start.
      "--splitting",
      // Compile eight times later until the start is over: `compileAsUsual()`. 5 MB less of an idle agent.
      "--compile-jit-policy=8",
      // The agent runs as root: it must not take orders from files in its working directory.
      ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
      // Packages beside an exporter module are found by their package.json.
      "--compile-autoload-package-json",
      ...defines,
      `--outfile=${temporary}`,
      "src/main.ts",
    ],
    { cwd: root, stdout: "ignore", stderr: "inherit" },
  );
  if (exitCode !== 0) process.exit(exitCode);
  guardFile(temporary);
  renameSync(temporary, output);
  const megabytes = (statSync(output).size / 1e6).toFixed(1);
  console.log(`${output.slice(root.length)}  ${target}  ${megabytes} MB`);
}

async function sha256(path: string): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await Bun.file(path).arrayBuffer()).digest("hex");
}

/** Adds loader, libraries and licences to what was compiled for glibc; musl's executables stay as they are. */
function pack(output: string): void {
  const { added, libraries } = packSelfContained({
    input: output,
    output,
    licenses: collectLicenses(output),
  });
  console.log(
    `${output.slice(root.length)}  self-contained: ${libraries.join(", ")}, ${(added / 1e6).toFixed(1)} MB`,
  );
}

const { values } = readArguments({
  usage: USAGE,
  options: {
    all: { type: "boolean", default: false },
    target: { type: "string" },
    "self-contained": { type: "boolean", default: false },
  },
});
const dist = `${root}dist`;
mkdirSync(dist, { recursive: true });
if (values.target !== undefined) {
  if (!(values.target in TARGETS)) {
    console.error(`Cannot build "${values.target}": there are ${Object.keys(TARGETS).join(", ")}`);
    process.exit(2);
  }
  const target = values.target as Target;
  compile(target, `${dist}/${TARGETS[target]}`);
  process.exit(0);
}
const host: Target = process.arch === "arm64" ? "bun-linux-arm64" : "bun-linux-x64";
compile(host, `${dist}/tetrad`);
if (values["self-contained"]) pack(`${dist}/tetrad`);
if (values.all) {
  const outputs = [`${dist}/tetrad`];
  for (const [target, name] of Object.entries(TARGETS) as [Target, string][]) {
    const output = `${dist}/${name}`;
    rmSync(output, { force: true });
    compile(target, output);
    if (values["self-contained"] && !target.endsWith("-musl")) pack(output);
    outputs.push(output);
  }
  const sums = await Promise.all(outputs.map(async (path) => `${await sha256(path)}  ${basename(path)}\n`));
  await Bun.write(`${dist}/SHA256SUMS`, sums.join(""));
  console.log("dist/SHA256SUMS");
}
