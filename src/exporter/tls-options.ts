/** @module TLS of an exporter that connects to somebody: its options. */
import type { Condition } from "../component/definition.ts";
import type { OptionView } from "../config/config.ts";
import type { Findings } from "../config/findings.ts";
import { choice, list, path } from "../config/kind.ts";
import { prefixed, type SharedRows, unprefixed } from "../config/prefixed.ts";
import { VERIFICATIONS } from "../lib/client-tls.ts";

const COMMON = { from: "tetrad", support: "used" } as const;

/** By their short names. */
export const TLS_ROWS = {
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

/**
 * They have an effect only where TLS is spoken.
 * @param addresses The option that says so. @param scheme How an address begins then. @param isSpoken Whether one of them does.
 */
export function tlsCondition(
  prefix: string,
  { addresses, scheme, isSpoken }: { addresses: string; scheme: string; isSpoken: boolean },
): Condition {
  const options = Object.keys(TLS_ROWS).map((name) => `${prefix}-${name}`);
  return { options, without: `Without ${scheme} in --${addresses} no TLS is spoken, so`, isMet: isSpoken };
}

/** What is wrong with these options among themselves. */
export function checkTls(prefix: string, { values }: OptionView): Findings {
  const tls = unprefixed(prefix, TLS_ROWS, values);
  if ((tls["tls-cert-file"] === "") === (tls["tls-key-file"] === "")) return { problems: [] };
  const both = `--${prefix}-tls-cert-file and --${prefix}-tls-key-file`;
  return { problems: [`Cannot use one of ${both} alone: expected both`] };
}
