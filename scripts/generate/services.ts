/**
 * @module Messages and services of the API for protobuf's own runtime: what `protoc-gen-es` makes of the .proto files, one
 * file for each. Events do not take this way; the calls that come now and then do.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { PROTO_DIRECTORY } from "./description.ts";

const ROOT = join(import.meta.dir, "../..");
/** Where the generated files go, from the top of the project. */
const TARGET = "src/encoding/protobuf/generated";
const SUFFIX = "_pb.ts";

/** What `buf generate` is to do. The plugin runs on Bun, which is here whatever version Node.js is. */
function template(out: string): string {
  const bin = join(ROOT, "node_modules/.bin");
  const plugin = {
    local: [process.execPath, join(bin, "protoc-gen-es")],
    out,
    opt: ["target=ts", "import_extension=ts", "erasable_syntax=true"],
  };
  return JSON.stringify({ version: "v2", plugins: [plugin] });
}

/**
 * The generated files by path, from the top of the project; `undefined` for one whose .proto file is gone.
 * @throws Error with the compiler's findings when it refuses a .proto file.
 */
export function renderServices(): Record<string, string | undefined> {
  const out = mkdtempSync(join(tmpdir(), "tetrad-services-"));
  try {
    const buf = join(ROOT, "node_modules/.bin/buf");
    const { status, stderr } = spawnSync(buf, ["generate", PROTO_DIRECTORY, "--template", template(out)]);
    if (status !== 0) throw new Error(`Cannot compile ${PROTO_DIRECTORY}:\n${stderr.toString().trim()}`);
    return { ...present(), ...generated(out) };
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** The files that are there now, all of them gone. */
function present(): Record<string, undefined> {
  const paths = [...new Glob(`${TARGET}/**/*${SUFFIX}`).scanSync(ROOT)];
  return Object.fromEntries(paths.map((path) => [path, undefined]));
}

function generated(out: string): Record<string, string> {
  const names = [...new Glob(`**/*${SUFFIX}`).scanSync(out)].sort();
  return Object.fromEntries(
    names.map((name) => {
      const source = `proto/${name.slice(0, -SUFFIX.length)}.proto`;
      const head = `// Generated from ${source} by scripts/generate/services.ts: edit there, then run "npm run generate".`;
      return [`${TARGET}/${name}`, `${head}\n${readFileSync(join(out, name), "utf8")}`];
    }),
  );
}
