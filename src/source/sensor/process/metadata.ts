/** @module The members of a process that options add, from whichever side it is known. */

import type { SensorSettings } from "../settings.ts";
import { parseEnvironment } from "./arguments.ts";
import { type Credentials, capabilitiesJson, credentialsJson } from "./credentials.ts";
import { type NamespaceInodes, NamespaceWriter } from "./namespaces.ts";
import { Usernames } from "./usernames.ts";

/** What is known of a process beyond the basics. */
export interface ProcessFacts {
  readonly euid: number;
  /** Asked for only with `--enable-process-cred`. */
  readonly credentials: () => Credentials;
  /** Asked for only with `--enable-process-ns` or `--username-metadata`. */
  readonly namespaces: () => NamespaceInodes;
  /** Asked for only with `--enable-process-environment-variables`. */
  readonly environment: () => Uint8Array;
}

/** Members of a process in JSON, each with a comma before it; empty for those that nobody asks for. */
export interface ProcessMetadata {
  /** `cap`, `ns` */
  readonly privileges: string;
  /** `process_credentials` */
  readonly credentials: string;
  /** `user` */
  readonly user: string;
  /** `environment_variables` */
  readonly environment: string;
}

/** Writes what the settings ask for. */
export class MetadataWriter {
  readonly #settings: SensorSettings;
  readonly #namespaces: NamespaceWriter;
  readonly #usernames: Usernames | undefined;
  readonly #environmentNames: ReadonlySet<string>;

  constructor(settings: SensorSettings, procfs: string) {
    this.#settings = settings;
    this.#namespaces = new NamespaceWriter(procfs);
    this.#usernames = settings.usernames === true ? new Usernames() : undefined;
    this.#environmentNames = new Set(settings.environmentFilter);
  }

  /** Looks again at what may have changed on the host. @returns Whether something did. */
  refresh(): boolean {
    return this.#usernames?.refresh() === true;
  }

  /** The members that the settings ask for. */
  write(facts: ProcessFacts): ProcessMetadata {
    const { credentials, namespaces, environment } = this.#settings;
    const values = credentials === true ? facts.credentials() : undefined;
    const capabilities = values === undefined ? "" : capabilitiesJson(values);
    return {
      privileges:
        namespaces === true ? capabilities + this.#namespaces.toJson(facts.namespaces()) : capabilities,
      credentials: values === undefined ? "" : credentialsJson(values),
      user: this.#user(facts),
      environment: environment === true ? this.#environment(facts.environment()) : "",
    };
  }

  #user({ euid, namespaces }: ProcessFacts): string {
    if (this.#usernames === undefined) return "";
    return this.#namespaces.hasHostUsers(namespaces()) ? this.#usernames.toJson(euid) : "";
  }

  #environment(memory: Uint8Array): string {
    const variables = parseEnvironment(memory, this.#environmentNames);
    return variables.length === 0 ? "" : `,"environment_variables":${JSON.stringify(variables)}`;
  }
}
