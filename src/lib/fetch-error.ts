/** @module What an error of `fetch` means, in words. */

/** Errors of `fetch` that come before a byte of the request was sent, and what they mean. */
const BEFORE_SENDING: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host name",
  EAI_AGAIN: "the name service does not answer",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  EPROTO: "the TLS handshake failed: it may not speak TLS, or want a client certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an authority that is not known here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by an authority that is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is signed by an authority that is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by an authority that is not known here",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  FailedToOpenSocket: "no connection",
};

/** Codes of a certificate that nobody known has signed. */
const UNTRUSTED = /SELF_SIGNED_CERT|\bUNABLE_TO_(?:VERIFY|GET_ISSUER)/;

/**
 * What became of a request that `fetch` threw for. `unreachable`: nobody took it. `lost`: it was sent, and no answer came: it
 * may have been done. `timeout`: the same. `aborted`: by the caller; it may have been done.
 */
export type FetchFailure = "unreachable" | "lost" | "timeout" | "aborted";

/** What `fetch` has thrown: what became of the request, and why, to follow a colon. @param signal What may have ended it. */
export function explainFetchError(
  cause: unknown,
  signal: AbortSignal | undefined,
): { readonly failure: FetchFailure; readonly why: string } {
  const { name, code } = cause as { name?: string; code?: unknown };
  if (signal?.aborted === true) return { failure: "aborted", why: "given up" };
  if (name === "TimeoutError") return { failure: "timeout", why: "no answer in time" };
  const known = typeof code === "string" ? BEFORE_SENDING[code] : undefined;
  if (known !== undefined) return { failure: "unreachable", why: `${known} (${code})` };
  if (code === "ECONNRESET") return { failure: "lost", why: "the connection was closed before the answer" };
  const what = typeof code === "string" ? code : cause instanceof Error ? cause.message : String(cause);
  return { failure: "lost", why: what };
}

/**
 * What to change after an error of `fetch` that is about TLS, to follow the words: who may sign certificates, or the scheme.
 * @param prefix That of the options. @param url Where the request went. @param hasAnswered Whether others were answered there: the
 * scheme is right.
 */
export function tlsAdvice(cause: unknown, prefix: string, url: string, hasAnswered = false): string {
  const { code } = cause as { code?: unknown };
  if (typeof code !== "string") return "";
  if (code === "ECONNRESET" && url.startsWith("http:") && !hasAnswered)
    return " (it may want TLS: https:// instead of http://)";
  return trustAdvice(code, prefix);
}

/** What to change where nobody known has signed a certificate. @param code Of the error. @param prefix That of the options. */
export function trustAdvice(code: string, prefix: string): string {
  return UNTRUSTED.test(code) ? `: --${prefix}-tls-ca-files names who may have signed it` : "";
}
