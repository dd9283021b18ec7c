/** @module Who the agent is to brokers, out of options and their files, which are read anew when they have changed. */
import type { ConsolaInstance } from "consola";
import { readOptionFile } from "../../config/option-file.ts";
import type { ClientTls } from "../../lib/client-tls.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { stateOfFiles } from "../../os/file-state.ts";
import { readTls, tlsFiles } from "../tls-files.ts";
import type { Credentials } from "./login.ts";
import type { KafkaValues } from "./options.ts";

/** How often files are looked at, milliseconds. */
const LOOK_MS = 5000;

/** Certificates and credentials. {@link open} comes first. */
export class Identity {
  tls: ClientTls = { verification: "full" };
  credentials: Credentials | undefined;
  readonly #values: KafkaValues;
  readonly #log: ConsolaInstance;
  readonly #exporter: string;
  readonly #files: readonly string[];
  #state = "";
  #lookedAt = 0;
  #mustLook = false;

  constructor(values: KafkaValues, { log, name }: { readonly log: ConsolaInstance; readonly name: string }) {
    this.#values = values;
    this.#log = log;
    this.#exporter = name;
    const password = values["kafka-sasl-password-file"];
    this.#files = [...tlsFiles("kafka", values), ...(password === "" ? [] : [password])];
  }

  /** For messages. */
  get user(): string {
    return this.credentials === undefined ? "the agent" : `user "${this.credentials.username}"`;
  }

  /** @throws TetradError `config` for a file that cannot be read, or is not what it should be. */
  async open(): Promise<void> {
    this.#state = stateOfFiles(this.#files);
    await this.#read();
  }

  /** Somebody was refused: files are looked at before the next attempt. */
  doubt(): void {
    this.#mustLook = true;
  }

  /** Reads files that have changed. Those that cannot be used leave what was before. */
  async renew(): Promise<void> {
    const now = performance.now();
    if (this.#files.length === 0 || (!this.#mustLook && now - this.#lookedAt < LOOK_MS)) return;
    this.#lookedAt = now;
    this.#mustLook = false;
    const state = stateOfFiles(this.#files);
    if (state === this.#state) return;
    this.#state = state;
    try {
      await this.#read();
    } catch (error) {
      this.#log.warn("Cannot use the changed certificates or password: those before stay", {
        exporter: this.#exporter,
        error: errorMessage(error),
      });
    }
  }

  async #read(): Promise<void> {
    const values = this.#values;
    const tls = await readTls("kafka", values);
    const mechanism = values["kafka-sasl-mechanism"];
    if (mechanism !== "none") {
      const file = values["kafka-sasl-password-file"];
      const password = file === "" ? values["kafka-sasl-password"] : readPassword(file);
      this.credentials = { mechanism, username: values["kafka-sasl-username"], password };
    }
    this.tls = tls;
  }
}

function readPassword(file: string): string {
  const password = readOptionFile("kafka-sasl-password-file", file)
    .toString()
    .replace(/\r?\n$/, "");
  if (password !== "" && !/[\r\n\0]/.test(password)) return password;
  const why = "found no password in it, expected one line";
  throw new TetradError("config", `Cannot use --kafka-sasl-password-file "${file}": ${why}`);
}
