/** @module The members of a process that options add, from whichever side it is known. */
import { parseEnvironment } from "./arguments.ts";
import { type Credentials, capabilitiesJson, credentialsJson } from "./credentials.ts";
import { NAMESPACES, type NamespaceInodes, NamespaceWriter } from "./namespaces.ts";
import type { ProcessImage } from "./process.ts";
import type { SensorSettings } from "./settings.ts";
import { Usernames } from "./usernames.ts";

const USER_NAMESPACE = NAMESPACES.indexOf("user");

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

  /** Looks again at what may have changed on the host. */
  refresh(): void {
    this.#usernames?.refresh();
  }

  /** The members that the image is to have. */
  write(
    facts: ProcessFacts,
  ): Pick<ProcessImage, "capabilitiesJson" | "credentialsJson" | "userJson" | "environmentJson"> {
    const { credentials, namespaces, environment } = this.#settings;
    let capabilities = "";
    let ids = "";
    let user = "";
    let variables = "";
    if (credentials === true) {
      const values = facts.credentials();
      capabilities = capabilitiesJson(values);
      ids = credentialsJson(values);
    }
    if (namespaces === true) capabilities += this.#namespaces.toJson(facts.namespaces());
    // A user id means something else in another user namespace.
    if (
      this.#usernames !== undefined &&
      this.#namespaces.isHostUser(facts.namespaces()[USER_NAMESPACE] ?? 0)
    ) {
      user = this.#usernames.toJson(facts.euid);
    }
    if (environment === true) {
      const list = parseEnvironment(facts.environment(), this.#environmentNames);
      if (list.length > 0) variables = `,"environment_variables":${JSON.stringify(list)}`;
    }
    return {
      capabilitiesJson: capabilities,
      credentialsJson: ids,
      userJson: user,
      environmentJson: variables,
    };
  }
}
