/** @module Certificates that a test makes for itself, with OpenSSL's command. */
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

function pathsOf(directory: string, name: string): Pair {
  return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
}

function run(...args: readonly string[][]): void {
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...args.flat()]);
  if (exitCode !== 0) throw new Error(`openssl: ${stderr}`);
}
