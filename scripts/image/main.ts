/** An OCI image archive for amd64 and arm64, without Docker: `npm run image -- --help`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { TetradError } from "../../src/os/error.ts";
import { readArguments } from "../arguments.ts";
import { DIST, type Executable, withExecutables } from "../pack/executables.ts";
import { type PlatformRoot, writeImageArchive } from "./oci.ts";
import { NONROOT, rootEntries } from "./root.ts";
import { commitHash, commitTime } from "./source.ts";
import { writeTar } from "./tar.ts";

const USAGE = `Writes an OCI image archive for amd64 and arm64, which runs as an unprivileged user: enough for all but the sensor.

Usage: npm run image -- [options] EXECUTABLE...

One executable for each architecture; one that is not self-contained is packed in passing. Without any, those that
npm run build -- --all makes.

  --output=FILE      instead of dist/tetrad-image.tar
  --version=VERSION  instead of ${packageJson.version}
  --roots=DIRECTORY  also writes each root there as tetrad-root-ARCH.tar, for packaging/Containerfile
  --help
`;

interface Settings {
  readonly output: string;
  readonly version: string;
  readonly roots?: string | undefined;
}

function writeImage(executables: readonly Executable[], settings: Settings): void {
  const roots = executables.map(({ path, architecture }): PlatformRoot => {
    const entries = rootEntries(path);
    if (settings.roots !== undefined) {
      writeFileSync(join(settings.roots, `tetrad-root-${architecture}.tar`), writeTar(entries, commitTime()));
    }
    return { architecture, entries };
  });
  const archive = writeImageArchive({
    roots,
    tag: settings.version,
    user: `${NONROOT}:${NONROOT}`,
    entrypoint: ["/tetrad"],
    environment: ["PATH=/", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
    labels: {
      "org.opencontainers.image.title": packageJson.name,
      "org.opencontainers.image.description": packageJson.description,
      "org.opencontainers.image.version": settings.version,
      "org.opencontainers.image.revision": commitHash(),
      "org.opencontainers.image.licenses": packageJson.license,
    },
    created: commitTime(),
  });
  writeFileSync(settings.output, archive);
  const digest = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
  console.log(`${settings.output}  ${(archive.length / 1e6).toFixed(1)} MB  sha256:${digest}`);
}

try {
  const { values, positionals } = readArguments({
    usage: USAGE,
    allowPositionals: true,
    options: {
      output: { type: "string", default: join(DIST, "tetrad-image.tar") },
      version: { type: "string", default: packageJson.version },
      roots: { type: "string" },
    },
  });
  withExecutables(positionals, (executables) => writeImage(executables, values));
} catch (error) {
  if (!(error instanceof TetradError || error instanceof SyntaxError || error instanceof TypeError))
    throw error;
  console.error(error.message);
  process.exitCode = 1;
}
