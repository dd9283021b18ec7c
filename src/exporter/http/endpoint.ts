/** @module Where requests go, and as whom. */
import type { ConsolaInstance } from "consola";
import { forgetProxyVariables } from "../../lib/client-tls.ts";
import { type Identity, RequestIdentity } from "../request-identity.ts";
import type { BodyFormat } from "./formats.ts";
import type { HttpValues } from "./options.ts";

/** One endpoint. {@link open} comes first. */
export class Endpoint {
  readonly url: string;
  /** The URL without its query, which may have a secret in it. */
  readonly description: string;
  readonly #identity: RequestIdentity;

  constructor(values: HttpValues, format: BodyFormat, log: ConsolaInstance) {
    const url = new URL(values["http-url"]);
    if (url.pathname === "/") url.pathname = format.path;
    this.url = url.href;
    this.description = url.origin + url.pathname;
    this.#identity = new RequestIdentity({
      prefix: "http",
      values,
      log,
      to: this.description,
      always: { "user-agent": "tetrad", accept: "*/*" },
      token: format.token,
    });
  }

  /** @throws TetradError `config` for a file that cannot be read, or is not what it should be. */
  async open(): Promise<void> {
    forgetProxyVariables();
    await this.#identity.open();
  }

  /** What requests are made with now. @param isUnknown The receiver does not know who the agent is: files are looked at at once. */
  identity(isUnknown = false): Promise<Identity> {
    return this.#identity.now(isUnknown);
  }

  /** See {@link RequestIdentity.masked}. */
  masked(text: string): string {
    return this.#identity.masked(text);
  }
}
