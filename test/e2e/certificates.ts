/** @module Certificates that a test makes for itself, with OpenSSL's command. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether there is the command. */
export const HAS_OPENSSL = Bun.which("openssl") !== null;
if (!HAS_OPENSSL) console.warn("SKIPPED: tests that need the openssl command");

/** Paths of a certificate and its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate that signs others. */
export function makeAuthority(directory: string, name: string): Pair {
  const pair = pathsOf(directory, name);
  run(
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ["-keyout", pair.key, "-out", pair.cert, "-days", "2", "-subj", `/CN=${name}`],
  );
  return pair;
}

/** Makes a certificate that `authority` signs, for localhost. */
export function makeCertificate(directory: string, name: string, authority: Pair): Pair {
  const pair = pathsOf(directory, name);
  run(
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ["-CA", authority.cert, "-CAkey", authority.key, "-keyout", pair.key, "-out", pair.cert],
    ["-days", "2", "-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:FALSE"],
    ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
  );
  return pair;
}

/** The same, but it was valid in 2025 only. */
export function makeExpiredCertificate(directory: string, name: string, authority: Pair): Pair {
  const pair = pathsOf(directory, name);
  const [request, settings, index] = ["csr", "cnf", "index"].map((kind) =>
    join(directory, `${name}.${kind}`),
  );
  writeFileSync(index!, "");
  writeFileSync(
    settings!,
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${index}\nnew_certs_dir=${directory}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=names\n[any]\ncommonName=supplied\n[names]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`,
  );
  run(
    ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ["-keyout", pair.key, "-out", request!, "-subj", `/CN=${name}`],
  );
  run(
    ["ca", "-batch", "-notext", "-config", settings!, "-in", request!, "-out", pair.cert],
    ["-cert", authority.cert, "-keyfile", authority.key],
    ["-startdate", "20250101000000Z", "-enddate", "20260101000000Z"],
  );
  return pair;
}

function pathsOf(directory: string, name: string): Pair {
  return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
}

function run(...args: readonly string[][]): void {
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...args.flat()]);
  if (exitCode !== 0) throw new Error(`openssl: ${stderr}`);
}
