/** @module Where requests go, and with which headers: those of files are read anew when the files have changed. */
import type { ConsolaInstance } from "consola";
import { readOptionFile } from "../../config/option-file.ts";
import { fetchTls, forgetProxyVariables } from "../../lib/client-tls.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { stateOfFiles } from "../../os/file-state.ts";
import { readTls, tlsFiles } from "../tls-files.ts";
import type { BodyFormat } from "./formats.ts";
import { type HttpValues, isHeader } from "./options.ts";

/** What may change while an endpoint is in use. */
interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Bun.TLSOptions;
  /** Texts that no message may have in it. */
  readonly secrets: readonly string[];
}

/** How often files are looked at, milliseconds. */
const LOOK_MS = 5000;
/** What is shorter would be found in any text. Characters. */
const SHORTEST_SECRET = 4;
const MASK = "********";

/** One endpoint. {@link open} comes first. */
export class Endpoint {
  readonly url: string;
  /** The URL without its query, which may have a secret in it. */
  readonly description: string;
  readonly #values: HttpValues;
  readonly #format: BodyFormat;
  readonly #log: ConsolaInstance;
  readonly #files: readonly string[];
  #state = "";
  #lookedAt = 0;
  #identity: Identity = { headers: {}, tls: {}, secrets: [] };

  constructor(values: HttpValues, format: BodyFormat, log: ConsolaInstance) {
    const url = new URL(values["http-url"]);
    if (url.pathname === "/") url.pathname = format.path;
    this.url = url.href;
    this.description = url.origin + url.pathname;
    this.#values = values;
    this.#format = format;
    this.#log = log;
    this.#files = [
      values["http-headers-file"],
      values["http-token-file"],
      ...tlsFiles("http", values),
    ].filter((file) => file !== "");
  }

  /** @throws TetradError `config` for a file that cannot be read, or is not what it should be. */
  async open(): Promise<void> {
    forgetProxyVariables();
    this.#state = stateOfFiles(this.#files);
    this.#identity = await this.#read();
  }

  /** What requests are made with now. @param isUnknown The receiver does not know who the agent is: files are looked at at once. */
  async identity(isUnknown = false): Promise<Omit<Identity, "secrets">> {
    const now = performance.now();
    if (this.#files.length > 0 && (isUnknown || now - this.#lookedAt > LOOK_MS)) {
      this.#lookedAt = now;
      await this.#renew();
    }
    return this.#identity;
  }

  /** The text without secrets: what stands before a receiver may answer with the request that it did not like. */
  masked(text: string): string {
    let masked = text;
    for (const secret of this.#identity.secrets) masked = masked.replaceAll(secret, MASK);
    return masked;
  }

  async #renew(): Promise<void> {
    const state = stateOfFiles(this.#files);
    if (state === this.#state) return;
    this.#state = state;
    try {
      this.#identity = await this.#read();
      this.#log.info("Headers and certificates of HTTP requests read anew", { to: this.description });
    } catch (error) {
      const fields = { to: this.description, error: errorMessage(error) };
      this.#log.warn("Cannot use the changed headers or certificates: those before stay", fields);
    }
  }

  async #read(): Promise<Identity> {
    const values = this.#values;
    const token = values["http-token"] || readToken(values["http-token-file"]);
    const lines = [...values["http-headers"], ...readHeaders(values["http-headers-file"])];
    const { header, prefix } = this.#format.token;
    const further = lines.map(splitHeader);
    const headers = {
      "user-agent": "tetrad",
      accept: "*/*",
      ...(token !== "" && { [header]: prefix + token }),
      ...Object.fromEntries(further),
    };
    const secrets = [token, ...further.map(([, value]) => value)].filter(
      (secret) => secret.length >= SHORTEST_SECRET,
    );
    return { headers, tls: fetchTls(await readTls("http", values)), secrets };
  }
}

function splitHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function readToken(file: string): string {
  if (file === "") return "";
  const token = readOptionFile("http-token-file", file).toString().trim();
  if (token === "" || !/^[\x21-\x7e]+$/.test(token))
    throw new TetradError("config", `Cannot use --http-token-file "${file}": found no token in it`);
  return token;
}

function readHeaders(file: string): string[] {
  if (file === "") return [];
  const lines = readOptionFile("http-headers-file", file)
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  const bad = lines.findIndex((line) => !isHeader(line));
  if (bad >= 0)
    throw new TetradError(
      "config",
      `Cannot use --http-headers-file "${file}": found no header in line ${bad + 1}, expected NAME: VALUE`,
    );
  return lines;
}
