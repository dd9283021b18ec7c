/** @module Credentials and certificates of the agent, read anew when their files change. */
import type { ConsolaInstance } from "consola";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { errorMessage } from "../../os/caught.ts";
import { stateOfFiles } from "../../os/file-state.ts";
import { identityFiles, readIdentity } from "./connection.ts";
import type { ConnectionValues } from "./connection-options.ts";

/** How often the files are looked at, milliseconds. A mounted Kubernetes secret changes by a link that is moved. */
const LOOK_MS = 5000;

/** Looks after the files of one exporter. */
export class IdentityWatch {
  readonly #values: ConnectionValues;
  readonly #cluster: Cluster;
  readonly #log: ConsolaInstance;
  readonly #files: readonly string[];
  #state: string;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(values: ConnectionValues, cluster: Cluster, log: ConsolaInstance) {
    this.#values = values;
    this.#cluster = cluster;
    this.#log = log;
    this.#files = identityFiles(values);
    this.#state = stateOfFiles(this.#files);
  }

  start(): void {
    if (this.#files.length === 0) return;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads them if they have changed. What cannot be used is logged, and tried again when they change once more. */
  async look(): Promise<void> {
    const state = stateOfFiles(this.#files);
    if (state === this.#state) return;
    this.#state = state;
    try {
      this.#cluster.use(await readIdentity(this.#values));
      this.#log.info("Credentials for Elasticsearch read anew");
    } catch (error) {
      const reason = errorMessage(error);
      this.#log.warn("Cannot use the changed credentials for Elasticsearch: those before stay", {
        error: reason,
      });
    }
  }
}
