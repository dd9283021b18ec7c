/** @module Why a request to a cluster brought nothing. */

/**
 * `unreachable`: no node took the request. `lost`: it was sent, and no answer came: it may have been done. `timeout`: the
 * same. `aborted`: by the caller; it may have been done. `answer`: a node has answered, and not what was asked for.
 */
export type ClusterErrorKind = "unreachable" | "lost" | "timeout" | "aborted" | "answer";

/** An error of a request. Its message names the node, and no secret. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly kind: ClusterErrorKind;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;
  /** `index_not_found_exception`, as the server names it. */
  readonly type: string | undefined;

  constructor(
    kind: ClusterErrorKind,
    message: string,
    { status, type, ...options }: ErrorOptions & { readonly status?: number; readonly type?: string } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.status = status;
    this.type = type;
  }

  /** Whether the request may have been done in spite of the error. */
  get isUncertain(): boolean {
    return this.kind !== "unreachable" && this.kind !== "answer";
  }
}

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

/** What `fetch` to `url` has thrown, as a {@link ClusterError}. @param signal What may have ended it. */
export function requestError(url: string, cause: unknown, signal: AbortSignal | undefined): ClusterError {
  if (cause instanceof ClusterError) return cause;
  const { name, code } = cause as { name?: string; code?: unknown };
  if (signal?.aborted === true) return new ClusterError("aborted", `${url}: given up`, { cause });
  if (name === "TimeoutError") return new ClusterError("timeout", `${url}: no answer in time`, { cause });
  const known = typeof code === "string" ? BEFORE_SENDING[code] : undefined;
  if (known !== undefined) return new ClusterError("unreachable", `${url}: ${known} (${code})`, { cause });
  if (code === "ECONNRESET")
    return new ClusterError("lost", `${url}: the connection was closed before the answer`, { cause });
  const what = typeof code === "string" ? code : cause instanceof Error ? cause.message : String(cause);
  return new ClusterError("lost", `${url}: ${what}`, { cause });
}
