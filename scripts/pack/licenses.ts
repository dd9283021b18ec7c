/** @module Collects the licences of everything that a released executable contains. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { TetradError } from "../../src/os/error.ts";
import { parseElf } from "./elf.ts";
import { findLibraries } from "./libraries.ts";
import { machineOf } from "./machine.ts";

const ROOT = join(import.meta.dir, "../..");
/** Texts that come with nothing that is installed. */
const KEPT = join(import.meta.dir, "licenses");
const COMMON_LICENSES = "/usr/share/common-licenses";

/**
 * One text: tetrad, its npm packages, Bun, and the libraries to be packed, with where to get their source and
 * how to replace them, as the LGPL asks.
 * @param executable The executable before it is packed, which shows the architecture and the libraries.
 * @param directories Where the libraries come from. @default those of the build host
 * @throws TetradError when a licence is missing on the build host.
 */
export function collectLicenses(executable: string, directories?: readonly string[]): string {
  const program = parseElf(executable, readFileSync(executable));
  const libraries = findLibraries(program, directories);
  const packed = libraries.map((library) => library.elf.path);
  return [
    part("tetrad", readText(join(ROOT, "LICENSE"))),
    ...productionPackages().map(({ name, version, text }) => part(`${name} ${version} (npm)`, text)),
    part("Bun", readText(join(KEPT, "bun.txt"))),
    part("GNU C Library", `${glibcNotice(packed)}\n${glibcCopyright(machineOf(program).libraryPackage)}`),
    part("GNU Library General Public License, version 2", readText(join(COMMON_LICENSES, "LGPL-2"))),
    part("GNU Lesser General Public License, version 2.1", readText(join(COMMON_LICENSES, "LGPL-2.1"))),
  ].join("\n");
}

function part(title: string, text: string): string {
  const rule = "=".repeat(110);
  return `${rule}\n${title}\n${rule}\n\n${text.trimEnd()}\n`;
}

function readText(path: string): string {
  if (!existsSync(path)) throw new TetradError("failed", `Cannot collect licences: "${path}" is not there`);
  return readFileSync(path, "utf8");
}

function glibcNotice(paths: readonly string[]): string {
  return `This executable carries, unchanged, these files of the GNU C Library as Debian builds it${debianVersion(paths[0]!)}:

  ${paths.map((path) => basename(path)).join(", ")}

They are separate files inside the executable; at start the dynamic loader links them. Their source: "apt-get source
glibc" on Debian, or https://snapshot.debian.org/package/glibc/. To use your own build of them, take tetrad's source
or the published executable that is not self-contained, and run

  bun scripts/pack/main.ts dist/tetrad --libraries DIRECTORY
`;
}

/** " (libc6 2.36-9+deb12u14)" where dpkg knows the file. Diverted and merged-usr paths differ, so by name. */
function debianVersion(loader: string): string {
  const owner = Bun.spawnSync(["dpkg-query", "-S", `*/${basename(loader)}`], { stderr: "ignore" });
  const packages = owner.stdout
    .toString()
    .split("\n")
    .filter((line) => sameDirectory(line.slice(line.indexOf(": ") + 2), loader))
    .map((line) => line.slice(0, line.indexOf(": ")));
  if (packages[0] === undefined) return "";
  const status = Bun.spawnSync(["dpkg-query", "-s", packages[0]], { stderr: "ignore" }).stdout.toString();
  return ` (${packages[0]} ${/^Version: (.+)$/m.exec(status)?.[1] ?? ""})`;
}

function sameDirectory(a: string, b: string): boolean {
  return dirname(a).replace(/^\/usr\/lib/, "/lib") === dirname(b).replace(/^\/usr\/lib/, "/lib");
}

function glibcCopyright(libraryPackage: string): string {
  const candidates = [libraryPackage, "libc6"].map((name) => `/usr/share/doc/${name}/copyright`);
  return readText(candidates.find((path) => existsSync(path)) ?? candidates[0]!);
}

/** The npm packages that end up in the executable: all that package-lock.json does not mark otherwise. */
function productionPackages(): { name: string; version: string; text: string }[] {
  const lock = JSON.parse(readText(join(ROOT, "package-lock.json"))) as {
    packages: Record<string, { version?: string; dev?: boolean; devOptional?: boolean; optional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== "" && !(entry.dev ?? entry.devOptional ?? entry.optional))
    .filter(([path]) => existsSync(join(ROOT, path)))
    .map(([path, entry]) => {
      const file = readdirSync(join(ROOT, path)).find((name) => /^(licen[cs]e|copying)/i.test(name));
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      const text = file === undefined ? ownText(name, path) : readText(join(ROOT, path, file));
      return { name, version: entry.version ?? "", text };
    });
}

/** Of a package that comes without its licence: the text that is kept here, or at least what it declares. */
function ownText(name: string, path: string): string {
  const kept = join(KEPT, `${name.replace("/", "-")}.txt`);
  return existsSync(kept) ? readText(kept) : `License: ${declaredLicense(path)}`;
}

function declaredLicense(path: string): string {
  const manifest = JSON.parse(readText(join(ROOT, path, "package.json"))) as { license?: string };
  if (manifest.license === undefined) {
    throw new TetradError("failed", `Cannot collect licences: npm package "${path}" names none`);
  }
  return manifest.license;
}
