/** @module Requests and responses of HTTP/1.1 (RFC 9112), as far as a page needs them that is only read. */

/** What is answered. */
export interface Page {
  readonly type: string;
  readonly body: Uint8Array;
}

/** The page at a path; `undefined` where there is none. It does not throw. */
export type FindPage = (path: string) => Page | "failed" | undefined;

/** A request, or the status by which it is refused. */
export type Request =
  | { readonly method: "GET" | "HEAD"; readonly path: string }
  | { readonly status: Refusal };

type Refusal = 400 | 404 | 405 | 431 | 500 | 505;

const REASONS: Readonly<Record<Refusal | 200, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  505: "HTTP Version Not Supported",
};

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/(\d)\.(\d)$/;
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\0\r\n]*$/;

/**
 * The request in `text`, as far as it has come.
 * @param maxBytes Longest request.
 * @returns `undefined` while it is not whole.
 */
export function readRequest(text: string, maxBytes: number): Request | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) {
    if (text.length > maxBytes) return { status: 431 };
    // Not HTTP, as can be seen before all of it has come.
    const line = text.indexOf("\r\n");
    return line >= 0 && !REQUEST_LINE.test(text.slice(0, line)) ? { status: 400 } : undefined;
  }
  if (end > maxBytes) return { status: 431 };
  const [first = "", ...headers] = text.slice(0, end).split("\r\n");
  const match = REQUEST_LINE.exec(first);
  if (match === null || !headers.every((header) => HEADER.test(header))) return { status: 400 };
  const [, method, target = "", major, minor] = match;
  if (major !== "1") return { status: 505 };
  if (minor !== "0" && !headers.some((header) => /^host:/i.test(header))) return { status: 400 };
  if (method !== "GET" && method !== "HEAD") return { status: 405 };
  return { method, path: target.replace(/^http:\/\/[^/]*/i, "").replace(/[?#].*$/, "") };
}

/** The bytes of the answer. Each ends its connection. */
export function responseTo(request: Request, find: FindPage): Uint8Array {
  if ("status" in request) return refusal(request.status);
  const page = find(request.path);
  if (page === undefined) return refusal(404, request.method);
  if (page === "failed") return refusal(500, request.method);
  return response(200, page, request.method);
}

function refusal(status: Refusal, method?: "GET" | "HEAD"): Uint8Array {
  const body = Buffer.from(`${status} ${REASONS[status]}\n`);
  return response(status, { type: "text/plain; charset=utf-8", body }, method);
}

function response(status: Refusal | 200, { type, body }: Page, method: "GET" | "HEAD" = "GET"): Uint8Array {
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    "X-Content-Type-Options: nosniff",
    "Cache-Control: no-store",
    ...(status === 405 ? ["Allow: GET, HEAD"] : []),
    "Connection: close",
    "\r\n",
  ].join("\r\n");
  return method === "HEAD" ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body]);
}
