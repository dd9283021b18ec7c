/** @module The chart for its tests: what it is made of, what it renders, and what was rendered before. */
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { Glob } from "bun";
import { parse, parseAllDocuments } from "yaml";

const ROOT = join(import.meta.dir, "../..");
export const CHART = join(ROOT, "charts/tetrad");
const VALUES = join(import.meta.dir, "values");
const GOLDEN = join(import.meta.dir, "golden");

/** An object of Kubernetes as it is written. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  readonly [field: string]: any;
}

/** The values files that are rendered, by their names. */
export const CASES = readdirSync(VALUES)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.slice(0, -".yaml".length))
  .sort();

export function valuesFile(name: string): string {
  return join(VALUES, `${name}.yaml`);
}

export function goldenFile(name: string): string {
  return join(GOLDEN, name);
}

// biome-ignore lint/suspicious/noExplicitAny: of any shape
export function readValues(path = join(CHART, "values.yaml")): any {
  return parse(readFileSync(path, "utf8")) ?? {};
}

/** Helm, where there is one: `TETRAD_HELM`, or the one that `npm run acceptance -- kubernetes` has built. */
export function findHelm(): string | undefined {
  const cache = process.env.PEERS_CACHE ?? join(homedir(), ".cache/peers");
  const path =
    process.env.TETRAD_HELM ?? Bun.which("helm", { PATH: join(cache, "kubernetes/bin") }) ?? undefined;
  return path === "" ? undefined : path;
}

/** What the renderings follow from: the values, and the chart's files but for the definitions and what refuses values. */
export function chartDigest(): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const directory of [CHART, VALUES]) {
    const paths = [...new Glob("**/*").scanSync({ cwd: directory, dot: true })].sort();
    for (const path of paths) {
      if (path.startsWith("files/crds/") || path === "files/checks.json") continue;
      hasher.update(`${relative(ROOT, directory)}/${path}\0`).update(readFileSync(join(directory, path)));
    }
  }
  return hasher.digest("hex");
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
}

/** The one object of a kind. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (object) => object.kind === kind && (name ?? object.metadata.name) === object.metadata.name,
  );
  if (found.length !== 1) throw new Error(`Expected one ${kind} ${name ?? ""}, found ${found.length}`);
  return found[0] as Manifest;
}

/** How Helm renders the chart. @throws Error with what it says. */
export function helm(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([command, ...args], { env: { ...process.env, ...env } });
  if (exitCode !== 0) throw new Error(`helm ${args[0]}: ${stderr}`);
  return stdout.toString();
}

/** The arguments that render the chart as release `tetragon`; the definitions only where they are asked for. */
export function templateArgs(
  values: string,
  more: readonly string[] = ["--set=crds.installMethod=none"],
): string[] {
  return [
    "template",
    "tetragon",
    CHART,
    "--namespace=kube-system",
    "--kube-version=1.37.0",
    `--values=${values}`,
    ...more,
  ];
}
