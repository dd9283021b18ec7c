/** @module Why a request to the API server brought nothing. */
import { explainFetchError, type FetchFailure } from "../../lib/fetch-error.ts";

/**
 * `status`: the server has refused. `answer`: it has answered with something that is no answer of an API server. `access`: the
 * agent's own credentials cannot be read.
 */
export type ApiErrorKind = FetchFailure | "status" | "answer" | "access";

/** What a `Status` object of the server says (`kind: Status`). */
export interface StatusFacts {
  readonly status?: number;
  /** `Expired`, `NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`. */
  readonly reason?: string | undefined;
  /** `ResourceVersionTooLarge` and the like. */
  readonly causes?: readonly string[];
  readonly retryAfterMs?: number | undefined;
}

/** An error of a request. Its message names the server, and no secret. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ApiErrorKind;
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  readonly reason: string | undefined;
  readonly causes: readonly string[];
  /** How long the server wants to be left alone, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ApiErrorKind, message: string, facts: StatusFacts & ErrorOptions = {}) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    const { status = 0, reason, causes = [], retryAfterMs } = facts;
    this.kind = kind;
    this.status = status;
    this.reason = reason;
    this.causes = causes;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether a resource version is too old or too new for the server: everything is to be listed anew. */
  get isExpired(): boolean {
    const isTooNew = this.causes.includes("ResourceVersionTooLarge");
    return this.status === 410 || this.reason === "Expired" || this.reason === "Gone" || isTooNew;
  }

  /** Whether the request itself is at fault: a version or a place in a list that this server never gave. */
  get isMisunderstood(): boolean {
    return this.status === 400 || this.status === 414 || this.status === 431;
  }

  /** Whether the server is there and is not well, or has too much to do: it is to be left alone for longer. */
  get isOverload(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** What `fetch` has thrown, as an {@link ApiError}. @param signal What may have ended it. */
export function requestError(server: string, cause: unknown, signal: AbortSignal | undefined): ApiError {
  if (cause instanceof ApiError) return cause;
  const { failure, why } = explainFetchError(cause, signal);
  return new ApiError(failure, `${server}: ${why}`, { cause });
}

/** No server is left alone for longer because it says so, milliseconds: a timer of much more would be over at once. */
const LONGEST_MS = 5 * 60_000;

/** Longest part of an answer in a message, characters. */
const SHOWN = 300;

/** What helps, by status. */
const CURES: Readonly<Record<number, string>> = {
  401: ": the token or certificate is not, or no longer, one of this cluster",
  403: ": give its role that right",
};

/** The error that an answer of 300 or more is, or a `Status` in a watch. */
export function statusError(server: string, status: number, text: string, retryAfterMs?: number): ApiError {
  const { message, reason, causes, retrySeconds } = statusIn(text);
  const what = message ?? text.trim();
  const shown = what.length > SHOWN ? `${what.slice(0, SHOWN)}...` : what;
  const after = retryAfterMs ?? (retrySeconds === undefined ? undefined : retrySeconds * 1000);
  return new ApiError(
    "status",
    `${server}: status ${status}${shown === "" ? "" : `, ${shown}`}${CURES[status] ?? ""}`,
    {
      status,
      reason,
      causes,
      retryAfterMs: after === undefined ? undefined : Math.min(after, LONGEST_MS),
    },
  );
}

interface StatusObject {
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: { readonly causes?: unknown; readonly retryAfterSeconds?: unknown } | null;
}

function statusIn(text: string): {
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly causes: readonly string[];
  readonly retrySeconds?: number | undefined;
} {
  let object: StatusObject | null;
  try {
    object = JSON.parse(text) as StatusObject | null;
  } catch {
    return { causes: [] };
  }
  if (typeof object !== "object" || object === null) return { causes: [] };
  const { message, reason, details } = object;
  const causes = Array.isArray(details?.causes) ? (details.causes as unknown[]) : [];
  const seconds = details?.retryAfterSeconds;
  return {
    ...(typeof message === "string" && { message }),
    ...(typeof reason === "string" && { reason }),
    causes: causes.flatMap((cause) => {
      const name = (cause as { reason?: unknown } | null)?.reason;
      return typeof name === "string" ? [name] : [];
    }),
    ...(typeof seconds === "number" && seconds > 0 && { retrySeconds: seconds }),
  };
}
