/** @module OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
import type { ConsolaInstance } from "consola";
import { readExportResponse, readRpcStatus } from "../../encoding/otlp/read.ts";
import { forgetProxyVariables } from "../../lib/client-tls.ts";
import { readBodyBytes, retryAfterMs } from "../../lib/fetch-answer.ts";
import { explainFetchError, tlsAdvice } from "../../lib/fetch-error.ts";
import { RequestIdentity } from "../request-identity.ts";
import { ownCertificateAdvice } from "../tls-files.ts";
import { compress } from "./compress.ts";
import type { OtlpValues } from "./options.ts";
import { type Signal, shownAnswer, type Transport, type Verdict } from "./transport.ts";

const TYPE = "application/x-protobuf";
/** Bytes of an answer that are read. */
const ANSWER_BYTES = 256 * 1024;
/** Stands for what a receiver says at such length. */
const UNREAD = "its answer is too long to be read: what it rejects, if anything, is not known";
/** The only statuses by which the specification has a request sent again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Statuses that are about who asks for what, and not about what was sent: events wait until that is put right. */
const OF_CONFIGURATION: ReadonlySet<number> = new Set([401, 403, 404, 405, 407]);
const TOO_LARGE = 413;

/** One URL. */
export class HttpTransport implements Transport {
  readonly description: string;
  readonly #url: string;
  readonly #values: OtlpValues;
  readonly #identity: RequestIdentity;
  #isUnknown = false;
  #hasAnswered = false;

  constructor(signal: Signal, values: OtlpValues, log: ConsolaInstance) {
    const url = urlOf(signal, values);
    this.#url = url.href;
    this.description = url.origin + url.pathname;
    this.#values = values;
    this.#identity = new RequestIdentity({
      prefix: "otlp",
      values,
      log,
      to: this.description,
      // An answer that is compressed would be one of any size.
      always: { "user-agent": "tetrad", "accept-encoding": "identity" },
    });
  }

  async open(): Promise<void> {
    forgetProxyVariables();
    await this.#identity.open();
  }

  async send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Verdict> {
    const compression = this.#values["otlp-compression"];
    const packed = await compress(body, compression);
    const { headers, tls: own, fetchTls: tls } = await this.#identity.now(this.#isUnknown);
    const late = AbortSignal.timeout(this.#values["otlp-timeout"]);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        // Another server must not get the token, nor the events.
        redirect: "manual",
        headers: {
          ...headers,
          "content-type": TYPE,
          ...(compression !== "none" && { "content-encoding": compression }),
        },
        signal: AbortSignal.any([late, signal]),
        tls,
        body: packed,
      });
      return this.#judge(response, await readBodyBytes(response, ANSWER_BYTES));
    } catch (cause) {
      const { why } = explainFetchError(cause, signal);
      const advice = tlsAdvice(cause, "otlp", this.description, this.#hasAnswered);
      const ours = await ownCertificateAdvice("otlp", own);
      throw new Error(`${this.description}: ${why}${advice}${ours}`, { cause });
    }
  }

  close(): void {}

  /** @param answer Nothing where it is too long. */
  #judge(response: Response, answer: Uint8Array | undefined): Verdict {
    const { status } = response;
    this.#hasAnswered = true;
    this.#isUnknown = status === 401 || status === 403;
    if (response.ok) {
      if (answer === undefined) return { kind: "taken", rejected: 0, message: UNREAD };
      const { rejected, message } = readExportResponse(answer);
      return { kind: "taken", rejected, message: shownAnswer(this.#identity.masked(message)) };
    }
    const error = this.#errorOf(response, answer ?? new Uint8Array(0));
    if (PASSING.has(status)) return { kind: "later", error, retryAfterMs: retryAfterMs(response) };
    const isRedirect = status >= 300 && status < 400;
    if (OF_CONFIGURATION.has(status) || isRedirect) return { kind: "later", error };
    return { kind: "refused", error, isTooLarge: status === TOO_LARGE };
  }

  #errorOf({ status, headers }: Response, answer: Uint8Array): Error {
    const isStatus = headers.get("content-type")?.startsWith(TYPE) === true;
    const text = isStatus ? readRpcStatus(answer)?.message : new TextDecoder().decode(answer);
    const shown = shownAnswer(this.#identity.masked(text ?? ""));
    const cure = this.#isUnknown ? ": give the right --otlp-headers" : "";
    return new Error(`${this.description}: status ${status}${shown === "" ? "" : `, ${shown}`}${cure}`);
  }
}

/** What the options say of where a signal goes. */
function urlOf(signal: Signal, values: OtlpValues): URL {
  const own = values[`otlp-${signal}-endpoint`];
  if (own !== "") return new URL(own);
  const url = new URL(values["otlp-endpoint"]);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/${signal}`;
  return url;
}
