/** @module The members of a process that options add, from whichever side it is known. */

import type { SensorSettings } from "../settings.ts";
import { type EnvironmentVariable, parseEnvironment } from "./arguments.ts";
import { type Credentials, capabilitySets, credentialsOf } from "./credentials.ts";
import type { ImageMetadata } from "./image.ts";
import { type NamespaceInodes, Namespaces } from "./namespaces.ts";
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

/** Finds out what the settings ask for. */
export class Metadata {
  readonly #settings: SensorSettings;
  readonly #namespaces: Namespaces;
  readonly #usernames: Usernames | undefined;
  readonly #environmentNames: ReadonlySet<string>;

  constructor(settings: SensorSettings, procfs: string) {
    this.#settings = settings;
    this.#namespaces = new Namespaces(procfs);
    this.#usernames = settings.usernames === true ? new Usernames() : undefined;
    this.#environmentNames = new Set(settings.environmentFilter);
  }

  /** Looks again at what may have changed on the host. @returns Whether something did. */
  refresh(): boolean {
    return this.#usernames?.refresh() === true;
  }

  /** What the settings ask for. */
  of(facts: ProcessFacts): ImageMetadata {
    const { credentials, namespaces, environment } = this.#settings;
    const values = credentials === true ? facts.credentials() : undefined;
    return {
      cap: values && capabilitySets(values),
      ns: namespaces === true ? this.#namespaces.of(facts.namespaces()) : undefined,
      credentials: values && credentialsOf(values),
      user: this.#user(facts),
      environment: environment === true ? this.#environment(facts.environment()) : undefined,
    };
  }

  #user({ euid, namespaces }: ProcessFacts): { readonly name: string } | undefined {
    if (this.#usernames === undefined || !this.#namespaces.hasHostUsers(namespaces())) return undefined;
    const name = this.#usernames.get(euid);
    return name === undefined ? undefined : { name };
  }

  #environment(memory: Uint8Array): readonly EnvironmentVariable[] | undefined {
    const variables = parseEnvironment(memory, this.#environmentNames);
    return variables.length === 0 ? undefined : variables;
  }
}
