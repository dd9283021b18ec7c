/** @module Why a request to a cluster brought nothing. */
import { explainFetchError, type FetchFailure } from "../fetch-error.ts";

/** `answer`: a node has answered, and not what was asked for. */
export type ClusterErrorKind = FetchFailure | "answer";

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

/** What `fetch` to `url` has thrown, as a {@link ClusterError}. @param signal What may have ended it. */
export function requestError(url: string, cause: unknown, signal: AbortSignal | undefined): ClusterError {
  if (cause instanceof ClusterError) return cause;
  const { failure, why } = explainFetchError(cause, signal);
  return new ClusterError(failure, `${url}: ${why}`, { cause });
}

/**
 * Whether the client lacks a right that it will not get by waiting: a 401 passes with the key, and a block of an index has
 * the status of a right that is missing.
 */
export function isForbidden(error: unknown): error is ClusterError {
  if (!(error instanceof ClusterError)) return false;
  return error.status === 405 || (error.status === 403 && error.type !== "cluster_block_exception");
}
