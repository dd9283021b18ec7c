/** @module An exporter module as a place that takes bulks. */
import { distrustFile } from "../../config/trust.ts";
import { NOTHING } from "../../metadata/document.ts";
import { hideFromUser } from "../../os/child-limits.ts";
import { TetradError } from "../../os/error.ts";
import { resolve } from "../../os/path.ts";
import { SharedMemory } from "../../os/shared-memory.ts";
import { findUser } from "../../os/user.ts";
import type { Bulk, BulkDestination } from "../delivery/bulk.ts";
import type { QueueLife } from "../delivery/queue-life.ts";
import type { ExporterCreateSettings } from "../exporter.ts";
import { ModuleBulk, type SharedState } from "./bulk.ts";
import { KeeperLink } from "./link.ts";
import type { moduleRows } from "./options.ts";
import type { KeeperStart } from "./protocol.ts";

/** How long a module has to close what it has open, milliseconds. */
const CLOSE_MS = 3000;

/** What a destination is made from. */
export interface DestinationSettings extends ExporterCreateSettings<ReturnType<typeof moduleRows>> {
  /** Opened and closed with the destination. */
  readonly life: QueueLife;
  /** How many bulks are made at most. */
  readonly workers: number;
}

/** Gives bulks to a module. */
export class ModuleDestination implements BulkDestination {
  readonly kind = "bulk";
  readonly description: string;
  readonly #settings: DestinationSettings;
  readonly #path: string;
  #memory: SharedMemory | undefined;
  #link: KeeperLink | undefined;
  #state: SharedState | undefined;
  #bulks = 0;

  constructor(settings: DestinationSettings) {
    this.#settings = settings;
    this.#path = resolve(settings.values["export-module"]);
    this.description = `exporter module "${this.#path}"`;
  }

  async open(): Promise<void> {
    const { values, life, workers, log, counters } = this.#settings;
    const refused = distrustFile(this.#path);
    if (refused !== undefined)
      throw new TetradError("config", `Cannot use --export-module "${this.#path}": ${refused}`);
    const start = this.#start();
    // The module may be of the same user, with no fewer rights once this process has given up its own.
    hideFromUser();
    life.open();
    try {
      this.#memory = new SharedMemory("tetrad-batches", workers * values["export-module-batch-max-bytes"]);
      this.#link = await KeeperLink.open(start, this.#memory.fd, log);
    } catch (error) {
      this.#memory?.[Symbol.dispose]();
      await life.close();
      life.undo();
      throw error;
    }
    if (this.#isRoot)
      log.warn("Exporter module runs as root, and may read and write all of root's files", {
        exporter: this.#settings.name,
        instead: "--export-module-user=USER",
      });
    this.#state = { link: this.#link, counters, description: this.description, nextId: 1, taken: 0 };
  }

  get restarts(): number {
    return this.#link?.restarts ?? 0;
  }

  createBulk(): Bulk {
    const { values } = this.#settings;
    const bytes = values["export-module-batch-max-bytes"];
    const at = this.#bulks++ * bytes;
    const memory = { bytes: this.#memory!.bytes.subarray(at, at + bytes), at };
    return new ModuleBulk(memory, values["export-module-batch-max-size"], this.#state!);
  }

  async close(signal: AbortSignal): Promise<void> {
    await this.#link?.close(signal.aborted ? 0 : CLOSE_MS);
    this.#memory?.[Symbol.dispose]();
    await this.#settings.life.close();
  }

  undo(): void {
    this.#settings.life.undo();
  }

  get #isRoot(): boolean {
    const { values, identity } = this.#settings;
    const user = values["export-module-user"];
    const uid = user === "" ? (identity?.uid ?? process.getuid?.()) : findUser(user).uid;
    return uid === 0;
  }

  #start(): KeeperStart {
    const { values, name, identity, filtersCalls = true, metadata } = this.#settings;
    const user = values["export-module-user"];
    const options = values["export-module-options"].map((item): [string, string] => {
      const at = item.indexOf("=");
      return [item.slice(0, at), item.slice(at + 1)];
    });
    return {
      type: "start",
      module: {
        path: this.#path,
        name,
        options: Object.fromEntries(options),
        user: user === "" ? undefined : findUser(user),
        filtersCalls,
        timeoutMs: values["export-module-timeout"],
        maxMemory: values["export-module-max-memory"],
      },
      agent: metadata === undefined ? "{}" : Buffer.from(metadata.lineAfter(NOTHING)).toString(),
      keeper: identity,
    };
  }
}
