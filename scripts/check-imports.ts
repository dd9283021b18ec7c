/**
 * Holds the tree to its design. Imports, of types as well as of values, go one way between the rooms and make no
 * circles; `event/` imports nothing of the project but itself and `lib/`; components do not import each other; only `os/`
 * calls foreign functions; only `event/` looks into valibot's schemas; no file that is written by hand is too long. (How
 * long a function may be is the linter's business.)
 */
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";
import { isGenerated } from "./generated.ts";

const src = join(import.meta.dir, "../src");

/** From the entry down: a room may import the rooms below it, and itself. */
const LAYERS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["cli"],
  ["agent", "receiver"],
  ["server", "install", "elastic"],
  ["source", "exporter"],
  ["kubernetes"],
  ["encoding", "policy"],
  ["pipeline", "metadata"],
  ["checkpoint"],
  ["component"],
  ["config"],
  ["event", "kernel"],
  ["lib"],
  ["telemetry"],
  ["os"],
];
/** Rooms of which each entry stands alone. */
const COMPONENT_ROOMS = ["source", "exporter", "server"];
/** What the components of a room share. It knows none of them. */
const SHARED: ReadonlySet<string> = new Set(["exporter/delivery"]);
/** Lines of a file. */
const LONGEST_FILE = 300;

const IMPORT =
  /^\s*(?:import|export)\s(?<names>[^;]*?)from\s+"(?<from>[^"]+)"|\bimport\("(?<lazy>[^"]+)"\)|^\s*import\s+"(?<bare>[^"]+)"/gm;
/** Members of valibot's schemas and of no JavaScript object, read and not called. `v.pipe()` and `map.entries()` are calls. */
const INSIDE_OF_SCHEMA = /\.(?:entries|wrapped|pipe|item|getter|requirement|~run|~standard)\b(?!\s*\()/g;

/** One file of `src/`. */
interface SourceFile {
  /** In `src/`. */
  readonly path: string;
  readonly text: string;
  /** What it imports of the project, in `src/`. */
  readonly targets: readonly string[];
}

const layerOf = (room: string) => LAYERS.findIndex((rooms) => rooms.includes(room));
const roomOf = (path: string) => path.split("/")[0]!;
const componentOf = (path: string) => path.split("/").slice(0, 2).join("/");

/** What a file imports, as it is written there. */
function specifiers(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(({ groups }) => (groups!.from ?? groups!.lazy ?? groups!.bare)!);
}

async function readTree(): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const path of new Glob("**/*.ts").scan(src)) {
    const text = await Bun.file(join(src, path)).text();
    const targets = specifiers(text)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => relative(src, join(src, dirname(path), specifier)))
      // What is outside of src/ is no room: package.json.
      .filter((target) => !target.startsWith("../"));
    files.push({ path, text, targets });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function* checkFile({ path, text }: SourceFile): Generator<string> {
  const room = roomOf(path);
  if (layerOf(room) < 0) yield `${path} lies in a room that design.md does not have`;
  const imported = specifiers(text);
  if (room !== "os" && imported.includes("bun:ffi")) yield `${path} imports bun:ffi: only os/ may`;
  const lines = text.split("\n").length - 1;
  if (lines > LONGEST_FILE && !isGenerated(text)) {
    yield `${path} has ${lines} lines: at most ${LONGEST_FILE}`;
  }
  if (room !== "event" && imported.includes("valibot")) {
    const members = new Set([...text.matchAll(INSIDE_OF_SCHEMA)].map(([member]) => member));
    for (const member of members) yield `${path} reads ${member} of a schema: only event/ may`;
  }
}

function* checkDirection(path: string, target: string): Generator<string> {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from !== to) {
    if (from === "event" && to !== "lib") {
      yield `${path} imports ${target}: event/ imports nothing but itself and lib/`;
    } else if (layerOf(to) < layerOf(from)) yield `${path} imports ${target}: imports go down only`;
    else if (layerOf(to) === layerOf(from)) {
      yield `${path} imports ${target}: rooms of one level do not import each other`;
    }
    return;
  }
  if (!COMPONENT_ROOMS.includes(from)) return;
  const [own, other] = [componentOf(path), componentOf(target)];
  const isComponent = (component: string) => !component.endsWith(".ts") && !SHARED.has(component);
  if (own !== other && isComponent(other) && !own.endsWith(".ts")) {
    yield `${path} imports ${target}: components do not import each other`;
  }
}

/** The circles that imports make, each once. */
function findCircles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map(({ path, targets }) => [path, targets]));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return;
    const at = trail.indexOf(path);
    if (at >= 0) {
      circles.push(`circle: ${[...trail.slice(at), path].join(" -> ")}`);
      return;
    }
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
}

const files = await readTree();
const problems = files.flatMap((file) => [
  ...checkFile(file),
  ...file.targets.flatMap((target) => [...checkDirection(file.path, target)]),
]);
problems.push(...findCircles(files));

for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
