/** @module What a client of a cluster is given. */

import type { ClientTls } from "../client-tls.ts";

/** Who the client is: an API key, or a user. */
export type Credentials =
  /** As Kibana shows it: `id:key`, or both in base64. */
  { readonly apiKey: string } | { readonly user: string; readonly password: string };

/** Whether it can be in a header: a request with another one cannot even be made. */
export function isApiKey(text: string): boolean {
  return text.includes(":") || /^[\x21-\x7e]+$/.test(text);
}

/** What may change while a client is in use: files that were renewed. */
export interface ClusterIdentity {
  readonly credentials?: Credentials | undefined;
  readonly tls?: ClientTls | undefined;
}

/** What a {@link Cluster} is given. */
export interface ClusterSettings extends ClusterIdentity {
  /** From `parseNodeUrl()`; at least one. */
  readonly hosts: readonly string[];
  /** How long one request may take, until the last byte of its answer. Milliseconds. */
  readonly timeoutMs: number;
  /** Asked in place of the nodes. @default none, whatever the environment says */
  readonly proxy?: string | undefined;
  /** Sent with each request. */
  readonly userAgent?: string;
  /** Milliseconds; never goes back. */
  readonly now?: () => number;
}

/** What is shorter is left in texts: it would be found in any of them, and nobody's key is. Characters. */
const SHORTEST_SECRET = 4;

/** The header by which a client says who it is. It is a secret. */
export function authorizationOf(credentials: Credentials): string {
  if ("apiKey" in credentials) {
    const { apiKey } = credentials;
    return `ApiKey ${apiKey.includes(":") ? Buffer.from(apiKey).toString("base64") : apiKey}`;
  }
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`;
}

/** The texts by which somebody else could be the client: what a server says of them must not be in a log. Longest first. */
export function secretsOf(credentials: Credentials): string[] {
  const header = authorizationOf(credentials).replace(/^\S+ /, "");
  const own = "apiKey" in credentials ? credentials.apiKey.split(":").at(-1)! : credentials.password;
  return [header, own].filter((text) => text.length >= SHORTEST_SECRET);
}
