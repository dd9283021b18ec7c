/** @module The files that the options of TLS name. */
import type { OptionRows, ValuesOf } from "../config/option.ts";
import { readOptionFile } from "../config/option-file.ts";
import { unprefixed } from "../config/prefixed.ts";
import type { ClientTls } from "../lib/client-tls.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { TLS_ROWS } from "./tls-options.ts";

/** The files that {@link readTls} reads. */
export function tlsFiles(prefix: string, values: ValuesOf<OptionRows>): string[] {
  const tls = unprefixed(prefix, TLS_ROWS, values);
  return [...tls["tls-ca-files"], tls["tls-cert-file"], tls["tls-key-file"]].filter((name) => name !== "");
}

/**
 * Reads the files that the options name. PEM is looked at here: what the runtime says of nonsense teaches nobody.
 * @throws TetradError `config` for a file that cannot be read, or is not what it should be.
 */
export async function readTls(prefix: string, values: ValuesOf<OptionRows>): Promise<ClientTls> {
  const tls = unprefixed(prefix, TLS_ROWS, values);
  const { "tls-ca-files": authorities, "tls-cert-file": cert, "tls-key-file": key } = tls;
  const verification = tls["tls-verification"];
  if (authorities.length === 0 && cert === "") return { verification };
  const { X509Certificate, createPrivateKey } = await import("node:crypto");
  const read = <T>(name: string, file: string, what: string, use: (pem: Buffer) => T) => {
    const option = `${prefix}-${name}`;
    const pem = readOptionFile(option, file);
    try {
      return { pem: pem.toString(), used: use(pem) };
    } catch (cause) {
      const why = `found no ${what} in it that can be used, expected PEM (${errorMessage(cause)})`;
      throw new TetradError("config", `Cannot use --${option} "${file}": ${why}`, { cause });
    }
  };
  const certificate = (pem: Buffer) => new X509Certificate(pem);
  const ca = authorities.map((file) => read("tls-ca-files", file, "certificate", certificate).pem);
  if (cert === "") return { ca, verification };
  const own = read("tls-cert-file", cert, "certificate", certificate);
  const secret = read("tls-key-file", key, "private key", (pem) => createPrivateKey(pem));
  if (!own.used.checkPrivateKey(secret.used))
    throw new TetradError(
      "config",
      `Cannot use --${prefix}-tls-key-file "${key}": it is not the key of ${cert}`,
    );
  return { ...(ca.length > 0 && { ca }), cert: own.pem, key: secret.pem, verification };
}

/**
 * What is wrong with the client's own certificate, to follow what a connection failed by: servers say nothing of it, or hang up.
 * @param prefix That of the options. @param now Milliseconds since 1970. @returns Nothing where its dates are right.
 */
export async function ownCertificateAdvice(
  prefix: string,
  { cert }: Pick<ClientTls, "cert">,
  now: number = Date.now(),
): Promise<string> {
  if (cert === undefined) return "";
  const { X509Certificate } = await import("node:crypto");
  const { validFrom, validTo } = new X509Certificate(cert);
  if (Date.parse(validTo) < now)
    return `; the certificate of --${prefix}-tls-cert-file has expired (${validTo})`;
  if (Date.parse(validFrom) > now)
    return `; the certificate of --${prefix}-tls-cert-file is not valid yet (${validFrom})`;
  return "";
}
