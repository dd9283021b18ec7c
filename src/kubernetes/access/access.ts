/** @module How to reach the API server and who to be there. */
import { readFileSync } from "node:fs";
import { bareMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";

/** Something that stands in a file, which others may replace at any time, or is known for good. */
export type Material = { readonly file: string } | { readonly text: string };

/** Who the agent is to the API server. */
export interface ApiCredentials {
  /** A bearer token: of a service account it is renewed about once an hour. */
  readonly token?: Material;
  readonly basic?: { readonly user: string; readonly password: string };
  /** A client certificate and its key, PEM. */
  readonly cert?: Material;
  readonly key?: Material;
}

/** Where the API server is, and how to know that it is the one. */
export interface ApiAccess {
  /** `https://10.96.0.1:443`, without a slash at its end. */
  readonly server: string;
  /** Who may have signed its certificate, PEM. @default the host's authorities */
  readonly ca?: Material;
  /** The name that its certificate must have. @default the host of the address */
  readonly serverName?: string;
  /** Takes any certificate. */
  readonly skipsVerification: boolean;
  readonly credentials: ApiCredentials;
  /** The namespace of the agent itself; `default` where nobody says. */
  readonly namespace: string;
  /** Where all of this is from, for the log: `the kubeconfig /root/.kube/config`. */
  readonly origin: string;
}

/** Nothing that one of these files holds is longer. */
const MAX_BYTES = 1 << 20;

/** What stands in PEM. */
export type PemKind = "certificate" | "key";

const PEM: Readonly<Record<PemKind, RegExp>> = {
  certificate: /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END /,
  key: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[^-]+-----END /,
};

/** Whether there is such a one in the text. What it holds only TLS can say. */
export function isPem(text: string, kind: PemKind): boolean {
  return PEM[kind].test(text);
}

/**
 * The material, which has to be of that kind.
 * @throws TetradError `failed` when a file cannot be read, or holds something else.
 */
export function readPem(material: Material, kind: PemKind): string {
  const text = readMaterial(material);
  if (isPem(text, kind)) return text;
  const where = "file" in material ? `"${material.file}"` : "what is given";
  throw new TetradError("failed", `Cannot use ${where} as a ${kind}: expected PEM (-----BEGIN ...)`);
}

/**
 * What the material is at present.
 * @throws TetradError `failed` when a file cannot be read.
 */
export function readMaterial(material: Material): string {
  if ("text" in material) return material.text;
  let text: string;
  try {
    text = readFileSync(material.file, "utf8");
  } catch (error) {
    throw new TetradError("failed", `Cannot read "${material.file}": ${bareMessage(error)}`, {
      cause: error,
    });
  }
  if (text.length > MAX_BYTES)
    throw new TetradError("failed", `Cannot read "${material.file}": found more than ${MAX_BYTES} bytes`);
  return text;
}
