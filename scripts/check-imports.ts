/**
 * Holds the tree to its design: imports go one way between the rooms, there are no circles, `event/` imports
 * nothing of the project but itself and `lib/`, components do not import each other, and only `os/` calls foreign functions.
 * (Only `os/` importing `bun:ffi` is the linter's business, too; here it is checked for every file type.)
 */
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "..");
const src = join(root, "src");

/** From the entry down: a room may import the rooms below it, and itself. */
const LAYERS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["cli"],
  ["agent", "receiver"],
  ["server", "install"],
  ["source", "exporter"],
  ["encoding", "policy", "kubernetes"],
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
const COMPONENT_ROOMS = ["source", "exporter"];
/** What the components of a room share. It knows none of them. */
const SHARED: ReadonlySet<string> = new Set(["exporter/delivery"]);

const layerOf = (room: string) => LAYERS.findIndex((rooms) => rooms.includes(room));
const roomOf = (file: string) => relative(src, file).split("/")[0]!;
const componentOf = (file: string) => relative(src, file).split("/").slice(0, 2).join("/");

const IMPORT = /^\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)|^\s*import\s+"([^"]+)"/gm;
const problems: string[] = [];
const graph = new Map<string, string[]>();

for await (const path of new Glob("**/*.ts").scan(src)) {
  const file = join(src, path);
  const text = await Bun.file(file).text();
  const targets: string[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const specifier = (match[1] ?? match[2] ?? match[3])!;
    if (specifier === "bun:ffi" && roomOf(file) !== "os")
      problems.push(`${path} imports bun:ffi: only os/ may`);
    if (!specifier.startsWith(".")) continue;
    const target = join(dirname(file), specifier);
    // A type costs nothing at run time and cannot make a circle there.
    const isType = match[0].trimStart().startsWith("import type");
    if (!isType) targets.push(target);
    checkDirection(path, file, target, isType);
  }
  graph.set(file, targets);
}

function checkDirection(path: string, file: string, target: string, isType: boolean): void {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (layerOf(from) < 0) problems.push(`${path} lies in a room that design.md does not have`);
  if (from !== to) {
    if (from === "event" && to !== "lib")
      problems.push(`${path} imports ${to}/: event/ imports nothing but itself and lib/`);
    if (!isType && layerOf(to) < layerOf(from)) problems.push(`${path} imports ${to}/: imports go down only`);
    if (!isType && layerOf(to) === layerOf(from))
      problems.push(`${path} imports ${to}/: rooms of one level do not import each other`);
    return;
  }
  if (!COMPONENT_ROOMS.includes(from)) return;
  const [own, other] = [componentOf(file), componentOf(target)];
  const isComponent = (component: string) => !component.endsWith(".ts");
  if (own !== other && isComponent(own) && isComponent(other) && !SHARED.has(other)) {
    problems.push(`${path} imports ${other}/: components do not import each other`);
  }
}

const done = new Set<string>();
function findCircle(file: string, trail: string[]): void {
  if (done.has(file)) return;
  const at = trail.indexOf(file);
  if (at >= 0) {
    problems.push(`circle: ${[...trail.slice(at), file].map((name) => relative(src, name)).join(" -> ")}`);
    return;
  }
  for (const target of graph.get(file) ?? []) findCircle(target, [...trail, file]);
  done.add(file);
}
for (const file of graph.keys()) findCircle(file, []);

for (const problem of problems) console.error(problem);
console.log(`${graph.size} files, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
