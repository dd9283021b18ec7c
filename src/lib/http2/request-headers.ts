/** @module The headers of a request: what HTTP/2 wants of them (RFC 9113, section 8). */
import { sizeOf } from "./hpack-decoder.ts";
import type { HeaderField } from "./static-table.ts";

/** Header fields by their names, which are in lower case; a character is a byte. */
export type HeaderMap = ReadonlyMap<string, string>;

/** Limits of the headers of one request. */
export interface HeaderLimits {
  /** As `SETTINGS_MAX_HEADER_LIST_SIZE` counts them. */
  readonly bytes: number;
  readonly fields: number;
}

/** What became of the fields of a block. */
export type HeadersResult = HeaderMap | "malformed" | "too large";

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** What would end a line where there are lines. */
const FORBIDDEN_IN_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;
const PSEUDO = new Set([":method", ":scheme", ":path", ":authority"]);
/** Fields about one connection of HTTP/1 (section 8.2.2). */
const OF_CONNECTION = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** Takes the fields of one block. */
export class HeaderCollector {
  readonly #limits: HeaderLimits;
  readonly #fields = new Map<string, string>();
  #count = 0;
  #bytes = 0;
  #isMalformed = false;
  #hasRegular = false;

  constructor(limits: HeaderLimits) {
    this.#limits = limits;
  }

  add(field: HeaderField): void {
    this.#bytes += sizeOf(field);
    this.#count++;
    if (this.#isTooLarge || this.#isMalformed) return;
    const [name, value] = field;
    const before = this.#fields.get(name);
    if (name.startsWith(":")) {
      if (this.#hasRegular || before !== undefined || !PSEUDO.has(name)) this.#isMalformed = true;
    } else {
      this.#hasRegular = true;
      if (!NAME.test(name) || OF_CONNECTION.has(name) || (name === "te" && value !== "trailers"))
        this.#isMalformed = true;
    }
    if (FORBIDDEN_IN_VALUE.test(value)) this.#isMalformed = true;
    this.#fields.set(
      name,
      before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`,
    );
  }

  /** @param kind Trailers have no names that begin with a colon, requests have three or four. */
  finish(kind: "request" | "trailers"): HeadersResult {
    if (this.#isMalformed) return "malformed";
    if (this.#isTooLarge) return "too large";
    const fields = this.#fields;
    if (kind === "trailers")
      return [...fields.keys()].some((name) => name.startsWith(":")) ? "malformed" : fields;
    const isConnect = fields.get(":method") === "CONNECT";
    const isWhole = fields.has(":method") && (isConnect || (fields.has(":scheme") && fields.get(":path")));
    return isWhole ? fields : "malformed";
  }

  get #isTooLarge(): boolean {
    return this.#bytes > this.#limits.bytes || this.#count > this.#limits.fields;
  }
}
