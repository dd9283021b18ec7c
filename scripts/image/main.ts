/**
 * Writes `dist/tetrad-image.tar`: an OCI image archive for amd64 and arm64, without Docker.
 *
 *   bun scripts/image/main.ts [--output FILE] [--version VERSION] [--roots DIRECTORY] EXECUTABLE...
 *
 * One executable for each architecture, packed or not: those that are not are packed in passing. Without any, those
 * that `npm run build -- --all` makes. The image runs as an unprivileged user, which suffices for every source but the
 * sensor. `--roots` also writes each root as `tetrad-root-ARCH.tar`, for packaging/Containerfile.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../../package.json";
import { readLicenses } from "../../src/install/licenses.ts";
import { TetradError } from "../../src/os/error.ts";
import { parseElf } from "../pack/elf.ts";
import { collectLicenses } from "../pack/licenses.ts";
import { machineOf } from "../pack/machine.ts";
import { packSelfContained } from "../pack/pack.ts";
import { type PlatformRoot, writeImageArchive } from "./oci.ts";
import { NONROOT, rootEntries } from "./root.ts";
import { commitHash, commitTime } from "./source.ts";
import { writeTar } from "./tar.ts";

const DIST = join(import.meta.dir, "../../dist");

function platformRoot(executable: string, scratch: string): PlatformRoot {
  if (!existsSync(executable)) {
    throw new TetradError("failed", `Cannot find "${executable}": run npm run build -- --all first`);
  }
  const { name } = machineOf(parseElf(executable, readFileSync(executable)));
  let packed = executable;
  if (readLicenses(executable) === undefined) {
    packed = join(scratch, basename(executable));
    packSelfContained({ input: executable, output: packed, licenses: collectLicenses(executable) });
  }
  return { architecture: name, entries: rootEntries(packed) };
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      output: { type: "string", default: join(DIST, "tetrad-image.tar") },
      version: { type: "string", default: packageJson.version },
      roots: { type: "string" },
    },
  });
  const executables =
    positionals.length > 0 ? positionals : ["x64", "arm64"].map((name) => join(DIST, `tetrad-linux-${name}`));
  const scratch = mkdtempSync(join(tmpdir(), "tetrad-image-"));
  try {
    const roots = executables.map((executable) => platformRoot(executable, scratch));
    if (values.roots !== undefined) {
      for (const { architecture, entries } of roots) {
        writeFileSync(join(values.roots, `tetrad-root-${architecture}.tar`), writeTar(entries, commitTime()));
      }
    }
    const archive = writeImageArchive({
      roots,
      tag: values.version,
      user: `${NONROOT}:${NONROOT}`,
      entrypoint: ["/tetrad"],
      environment: ["PATH=/", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
      labels: {
        "org.opencontainers.image.title": packageJson.name,
        "org.opencontainers.image.description": packageJson.description,
        "org.opencontainers.image.version": values.version,
        "org.opencontainers.image.revision": commitHash(),
        "org.opencontainers.image.licenses": packageJson.license,
      },
      created: commitTime(),
    });
    writeFileSync(values.output, archive);
    const digest = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
    console.log(`${values.output}  ${(archive.length / 1e6).toFixed(1)} MB  sha256:${digest}`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof TetradError || error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
