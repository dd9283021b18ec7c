/**
 * @module Who the agent is to those that it sends requests to: headers and certificates. Those of files are read anew when the
 * files have changed.
 */
import type { ConsolaInstance } from "consola";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import { readOptionFile } from "../config/option-file.ts";
import { type ClientTls, fetchTls } from "../lib/client-tls.ts";
import { isHeader, splitHeader } from "../lib/text/header.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { stateOfFiles } from "../os/file-state.ts";
import { readTls, tlsFiles } from "./tls-files.ts";

/** What may change while an endpoint is in use. */
export interface Identity {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: ClientTls;
  /** The same for `fetch`. */
  readonly fetchTls: Bun.TLSOptions;
}

/** What a {@link RequestIdentity} is given. */
export interface IdentitySettings {
  /** That of the options: `http`, of `--http-headers`, `--http-headers-file` and those of TLS. */
  readonly prefix: string;
  readonly values: ValuesOf<OptionRows>;
  readonly log: ConsolaInstance;
  /** For log lines: where requests go. */
  readonly to: string;
  /** Headers that are always there; others may take their place. */
  readonly always: Readonly<Record<string, string>>;
  /** Names of headers that requests cannot have. */
  readonly notSent?: RegExp;
  /** The header that `--PREFIX-token` is in. @default there are no such options */
  readonly token?: { readonly header: string; readonly prefix: string };
}

/** How often files are looked at, milliseconds. */
const LOOK_MS = 5000;
/** What is shorter would be found in any text. Characters. */
const SHORTEST_SECRET = 4;
const MASK = "********";

/** Headers and certificates. {@link open} comes first. */
export class RequestIdentity {
  readonly #settings: IdentitySettings;
  readonly #files: readonly string[];
  #state = "";
  #lookedAt = 0;
  #identity: Identity = { headers: {}, tls: {}, fetchTls: {} };
  /** Texts that no message may have in it. */
  #secrets: readonly string[] = [];

  constructor(settings: IdentitySettings) {
    this.#settings = settings;
    const { prefix, values, token } = settings;
    const own = token === undefined ? [] : [text(values[`${prefix}-token-file`])];
    this.#files = [text(values[`${prefix}-headers-file`]), ...own, ...tlsFiles(prefix, values)].filter(
      (file) => file !== "",
    );
  }

  /** @throws TetradError `config` for a file that cannot be read, or is not what it should be. */
  async open(): Promise<void> {
    this.#state = stateOfFiles(this.#files);
    await this.#read();
  }

  /** What requests are made with now. @param isUnknown The receiver does not know who the agent is: files are looked at at once. */
  async now(isUnknown = false): Promise<Identity> {
    const now = performance.now();
    if (this.#files.length > 0 && (isUnknown || now - this.#lookedAt > LOOK_MS)) {
      this.#lookedAt = now;
      await this.#renew();
    }
    return this.#identity;
  }

  /** The text without secrets: what stands before a receiver may answer with the request that it did not like. */
  masked(message: string): string {
    let masked = message;
    for (const secret of this.#secrets) masked = masked.replaceAll(secret, MASK);
    return masked;
  }

  async #renew(): Promise<void> {
    const state = stateOfFiles(this.#files);
    if (state === this.#state) return;
    this.#state = state;
    const { log, to } = this.#settings;
    try {
      await this.#read();
      log.info("Headers and certificates of requests read anew", { to });
    } catch (error) {
      const fields = { to, error: errorMessage(error) };
      log.warn("Cannot use the changed headers or certificates: those before stay", fields);
    }
  }

  async #read(): Promise<void> {
    const { prefix, values, always, token, notSent } = this.#settings;
    const secret = token === undefined ? "" : readToken(prefix, values);
    const lines = [
      ...(values[`${prefix}-headers`] as readonly string[]),
      ...readHeaders(`${prefix}-headers-file`, text(values[`${prefix}-headers-file`])),
    ];
    const further = lines.map(splitHeader);
    const refused = further.find(([name]) => notSent?.test(name));
    if (refused !== undefined)
      throw new TetradError(
        "config",
        `Cannot use --${prefix}-headers or --${prefix}-headers-file: found header "${refused[0]}", which requests cannot have here`,
      );
    const tls = await readTls(prefix, values);
    this.#identity = {
      headers: {
        ...always,
        ...(token !== undefined && secret !== "" && { [token.header]: token.prefix + secret }),
        ...Object.fromEntries(further),
      },
      tls,
      fetchTls: fetchTls(tls),
    };
    this.#secrets = [secret, ...further.map(([, value]) => value)].filter(
      ({ length }) => length >= SHORTEST_SECRET,
    );
  }
}

function text(value: unknown): string {
  return String(value ?? "");
}

function readToken(prefix: string, values: ValuesOf<OptionRows>): string {
  const given = text(values[`${prefix}-token`]);
  const file = text(values[`${prefix}-token-file`]);
  if (given !== "" || file === "") return given;
  const option = `${prefix}-token-file`;
  const token = readOptionFile(option, file).toString().trim();
  if (token === "" || !/^[\x21-\x7e]+$/.test(token))
    throw new TetradError("config", `Cannot use --${option} "${file}": found no token in it`);
  return token;
}

function readHeaders(option: string, file: string): string[] {
  if (file === "") return [];
  const lines = readOptionFile(option, file)
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  const bad = lines.findIndex((line) => !isHeader(line));
  if (bad >= 0)
    throw new TetradError(
      "config",
      `Cannot use --${option} "${file}": found no header in line ${bad + 1}, expected NAME: VALUE`,
    );
  return lines;
}
