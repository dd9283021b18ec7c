/** @module TLS of an exporter that connects to somebody: its options, and what they and their files say. */
import type { OptionView } from "../config/config.ts";
import type { Findings } from "../config/findings.ts";
import { choice, list, path } from "../config/kind.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import { readOptionFile } from "../config/option-file.ts";
import { prefixed, type SharedRows, unprefixed } from "../config/prefixed.ts";
import { type ClientTls, VERIFICATIONS } from "../lib/client-tls.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";

const COMMON = { from: "tetrad", support: "used" } as const;

const TLS_ROWS = {
  "tls-ca-files": {
    ...COMMON,
    placeholder: "PATH,...",
    kind: list("paths of PEM files"),
    default: "",
    description:
      "Certificates (PEM) of those who may have signed the server's certificate. Empty: the usual authorities.",
  },
  "tls-cert-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Certificate (PEM) that the agent shows to servers that ask for one.",
  },
  "tls-key-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Private key (PEM) of that certificate.",
  },
  "tls-verification": {
    ...COMMON,
    placeholder: VERIFICATIONS.join("|"),
    kind: choice(VERIFICATIONS),
    default: "full",
    description:
      "What of the server's certificate is checked: full, that an authority has signed it and that it is for this host; certificate, the first only; none, nothing: whoever is in between may read all that is sent.",
  },
} as const satisfies SharedRows;

/** The options of TLS under a prefix. @param group Title of their section. */
export function tlsOptions<const P extends string>(prefix: P, group: string) {
  return prefixed(prefix, group, TLS_ROWS);
}

/** What is wrong with these options among themselves. */
export function checkTls(prefix: string, { values }: OptionView): Findings {
  const tls = unprefixed(prefix, TLS_ROWS, values);
  if ((tls["tls-cert-file"] === "") === (tls["tls-key-file"] === "")) return { problems: [] };
  const both = `--${prefix}-tls-cert-file and --${prefix}-tls-key-file`;
  return { problems: [`Cannot use one of ${both} alone: expected both`] };
}

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
