/** @module A Debian package of a self-contained executable: no dependencies, the same bytes each time. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { possibleCapabilities } from "../../src/agent/privileges.ts";
import { CONFIG_FILE, DEFAULT_CONFIG } from "../../src/install/default-config.ts";
import { readLicenses } from "../../src/install/licenses.ts";
import { renderUnit, UNIT_NAME } from "../../src/install/unit.ts";
import { TetradError } from "../../src/os/error.ts";
import { type TarEntry, writeTar } from "../image/tar.ts";
import { writeAr } from "./ar.ts";

/** What the package is made from. */
export interface PackageSettings {
  /** A self-contained executable. */
  readonly executable: string;
  readonly architecture: "amd64" | "arm64";
  readonly version: string;
  readonly description: string;
  /** Seconds since 1970: the only time in the package. */
  readonly created: number;
}

const SCRIPTS = join(import.meta.dir, "../../packaging/deb");
const EXECUTABLE = "/usr/bin/tetrad";

/**
 * The package's bytes.
 * @throws TetradError when the executable carries no licences, so is not packed.
 */
export function writePackage(settings: PackageSettings): Uint8Array {
  const licenses = readLicenses(settings.executable);
  if (licenses === undefined) {
    throw new TetradError("failed", `Cannot package "${settings.executable}": it is not self-contained`);
  }
  const files: TarEntry[] = [
    file(EXECUTABLE, readFileSync(settings.executable), 0o755),
    file(
      `/usr/lib/systemd/system/${UNIT_NAME}`,
      renderUnit({ executable: EXECUTABLE, capabilities: possibleCapabilities() }),
    ),
    file("/usr/share/bash-completion/completions/tetrad", completionOf("bash")),
    file("/usr/share/fish/vendor_completions.d/tetrad.fish", completionOf("fish")),
    file("/usr/share/zsh/vendor-completions/_tetrad", completionOf("zsh")),
    file("/usr/share/doc/tetrad/copyright", licenses),
    file("/usr/share/doc/tetrad/tetragon.yaml", DEFAULT_CONFIG),
  ];
  const control: TarEntry[] = [
    file("/control", controlOf(settings, files)),
    file("/md5sums", files.map((entry) => `${md5(entry.content!)}  ${entry.path.slice(2)}\n`).join("")),
    ...["postinst", "postrm", "prerm"].map((name) => file(`/${name}`, scriptOf(name), 0o755)),
  ];
  const compressed = (entries: readonly TarEntry[]): Uint8Array =>
    Bun.gzipSync(new Uint8Array(writeTar(entries, settings.created)), { level: 6 });
  return writeAr(
    [
      { name: "debian-binary", content: new TextEncoder().encode("2.0\n") },
      { name: "control.tar.gz", content: compressed([{ path: "./", mode: 0o755 }, ...control]) },
      { name: "data.tar.gz", content: compressed(withDirectories(files)) },
    ],
    settings.created,
  );
}

/** From the source: the executable may be for another machine. */
function completionOf(shell: string): string {
  const command = [process.execPath, join(import.meta.dir, "../../src/main.ts"), "completion", shell];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new TetradError("failed", `Cannot render the completion of ${shell}: ${stderr}`);
  return stdout.toString();
}

function file(path: string, content: string | Uint8Array, mode = 0o644): TarEntry {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { path: `.${path}`, mode, content: bytes };
}

/** Each file after the directories that hold it, each directory once. */
function withDirectories(files: readonly TarEntry[]): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  for (const entry of files) {
    const parts = entry.path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const path = `${parts.slice(0, depth).join("/")}/`;
      if (!entries.has(path)) entries.set(path, { path, mode: 0o755 });
    }
    entries.set(entry.path, entry);
  }
  return [...entries.values()];
}

function controlOf(settings: PackageSettings, files: readonly TarEntry[]): string {
  const bytes = files.reduce((sum, entry) => sum + entry.content!.length, 0);
  return `Package: tetrad
Version: ${settings.version}
Architecture: ${settings.architecture}
Maintainer: tetrad maintainers <tetrad@localhost>
Installed-Size: ${Math.ceil(bytes / 1024)}
Section: admin
Priority: optional
Description: ${settings.description}
 One self-contained executable that takes Tetragon's flags and configuration and sends each event as one UDP
 datagram, the first of which says who is speaking. It needs no libraries of the host's.
`;
}

function scriptOf(name: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(DEFAULT_CONFIG).digest("hex");
  const text = readFileSync(join(SCRIPTS, name), "utf8");
  if (!text.includes(CONFIG_FILE) && name !== "prerm") {
    throw new TetradError("failed", `Cannot package: script "${name}" does not name "${CONFIG_FILE}"`);
  }
  return text.replace("@CONFIG_SHA256@", hash);
}

function md5(content: Uint8Array): string {
  return new Bun.CryptoHasher("md5").update(content).digest("hex");
}
