/** @module The files of the image: the executable, CA certificates, users, licences, mount points. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readLicenses } from "../../src/install/licenses.ts";
import { TetradError } from "../../src/os/error.ts";
import type { TarEntry } from "./tar.ts";

/** User and group of images that need no rights: the number that distroless images use too. */
export const NONROOT = 65532;

const CERTIFICATES = "/usr/share/ca-certificates/mozilla";

/**
 * The root file system around a packed executable.
 * @throws TetradError when the executable carries no licences, so is not packed, or the certificates are not there.
 */
export function rootEntries(executable: string): TarEntry[] {
  const licenses = readLicenses(executable);
  if (licenses === undefined) {
    throw new TetradError("failed", `Cannot put "${executable}" into an image: it is not self-contained`);
  }
  const directory = (path: string, mode = 0o755): TarEntry => ({ path, mode });
  const file = (path: string, content: string | Uint8Array, mode = 0o644): TarEntry => ({
    path,
    mode,
    content: typeof content === "string" ? new TextEncoder().encode(content) : content,
  });
  return [
    // Where a runtime mounts: it cannot make these in a read-only root.
    directory("dev/"),
    directory("etc/"),
    file("etc/group", `root:x:0:\nnonroot:x:${NONROOT}:\n`),
    file(
      "etc/passwd",
      `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${NONROOT}:${NONROOT}:nonroot:/:/sbin/nologin\n`,
    ),
    directory("etc/ssl/"),
    directory("etc/ssl/certs/"),
    file("etc/ssl/certs/ca-certificates.crt", certificates()),
    directory("etc/tetragon/"),
    directory("proc/"),
    directory("sys/"),
    file("tetrad", readFileSync(executable), 0o755),
    directory("tmp/", 0o1777),
    directory("usr/"),
    directory("usr/share/"),
    directory("usr/share/licenses/"),
    directory("usr/share/licenses/tetrad/"),
    file("usr/share/licenses/tetrad/LICENSES", licenses),
  ];
}

/**
 * Mozilla's certificates as Debian's package ca-certificates has them: not the build host's own list, which may hold
 * certificates of its administrator.
 */
function certificates(): string {
  if (!existsSync(CERTIFICATES)) {
    throw new TetradError("failed", `Cannot find "${CERTIFICATES}": needs Debian's package ca-certificates`);
  }
  return readdirSync(CERTIFICATES)
    .filter((name) => name.endsWith(".crt"))
    .sort()
    .map((name) => readFileSync(join(CERTIFICATES, name), "utf8").trimEnd())
    .join("\n")
    .concat("\n");
}
