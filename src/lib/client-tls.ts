/** @module TLS of a client, and as `fetch` takes it. */

/** How the certificate of the other side is looked at, in Elastic's words. */
export const VERIFICATIONS = ["full", "certificate", "none"] as const;

/** TLS of a client, as PEM. */
export interface ClientTls {
  /** Who may have signed the other side's certificate. @default the authorities that come with the runtime */
  readonly ca?: readonly string[] | undefined;
  /** The client's own. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** `certificate` leaves the name out, `none` takes any. @default full */
  readonly verification?: (typeof VERIFICATIONS)[number];
}

/** The `tls` of a `fetch`. */
export function fetchTls({ ca, cert, key, verification = "full" }: ClientTls): Bun.TLSOptions {
  return {
    ...(ca !== undefined && ca.length > 0 && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(verification === "none" && { rejectUnauthorized: false }),
    ...(verification === "certificate" && { checkServerIdentity: () => undefined }),
  };
}

/** What `fetch` obeys, even for the loopback address. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** Has `fetch` go through no proxy that nobody has asked for: it has no other way. */
export function forgetProxyVariables(): void {
  for (const name of PROXY_VARIABLES) delete process.env[name];
}
