/** @module What a node has answered, read as far as is reasonable. */
import { readBody, retryAfterMs } from "../fetch-answer.ts";
import { ClusterError } from "./error.ts";

/** An answer. */
export interface ClusterAnswer {
  readonly status: number;
  /** Of the node that has answered. */
  readonly url: string;
  readonly text: string;
  /** What `Retry-After` says, milliseconds; absent where it says nothing. */
  readonly retryAfterMs: number | undefined;
  /** Whether the node is one of Elastic's, by its own account. */
  readonly isElastic: boolean;
}

/** Longest part of an answer in a message, characters. */
const SHOWN = 300;

/**
 * Reads an answer to its end.
 * @throws ClusterError `lost` when it is longer than `maxBytes`: a node does not say so much.
 */
export async function readAnswer(response: Response, url: string, maxBytes: number): Promise<ClusterAnswer> {
  const text = await readBody(response, maxBytes);
  if (text === undefined)
    throw new ClusterError("lost", `${url}: the answer is longer than ${maxBytes} bytes`);
  return {
    status: response.status,
    url,
    text,
    retryAfterMs: retryAfterMs(response),
    isElastic: response.headers.get("x-elastic-product") === "Elasticsearch",
  };
}

/**
 * What `read` makes of an answer in JSON, which is an object.
 * @throws ClusterError `answer` for what is no JSON, or of another shape than `read` takes: anybody may listen at an address.
 */
export function readJson<J, T>({ text, url, status }: ClusterAnswer, read: (json: J) => T): T {
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json)) throw new TypeError("It is no object");
    return read(json as J);
  } catch (cause) {
    if (cause instanceof ClusterError) throw cause;
    const why =
      cause instanceof SyntaxError
        ? "is no JSON: that is no node of Elasticsearch or OpenSearch, or a proxy answers for it"
        : "is none of Elasticsearch or OpenSearch";
    throw new ClusterError("answer", `${url}: the answer ${why}`, { status, cause });
  }
}

/** Whether it is an object of JSON, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What helps, by status, beside what the server says. */
const CURES: Readonly<Record<number, string>> = {
  401: ": give the right API key, or user and password",
  403: ": the API key or user lacks that privilege",
};

/** The error that an answer of 300 or more is. */
export function answerError({ status, url, text }: ClusterAnswer): ClusterError {
  const { type, reason } = errorIn(text);
  const what = reason === undefined ? text.trim() : type === undefined ? reason : `${type}: ${reason}`;
  const shown = what.length > SHOWN ? `${what.slice(0, SHOWN)}...` : what;
  return new ClusterError(
    "answer",
    `${url}: status ${status}${shown === "" ? "" : `, ${shown}`}${CURES[status] ?? ""}`,
    {
      status,
      ...(type !== undefined && { type }),
    },
  );
}

/** `{"error": {"type": ..., "reason": ...}}`, or `{"error": "..."}`. */
function errorIn(text: string): { readonly type?: string; readonly reason?: string } {
  try {
    const { error } = JSON.parse(text) as { error?: string | { type?: unknown; reason?: unknown } };
    if (typeof error === "string") return { reason: error };
    const [type, reason] = [error?.type, error?.reason];
    return {
      ...(typeof type === "string" && { type }),
      ...(typeof reason === "string" && { reason }),
    };
  } catch {
    return {};
  }
}
