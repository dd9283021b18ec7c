/** @module The cluster as a place that takes bulks, and the queue on disk before it. */
import type { ConsolaInstance } from "consola";
import { Cluster } from "../../lib/elasticsearch/cluster.ts";
import type { ClusterSettings } from "../../lib/elasticsearch/settings.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { Bulk, BulkDestination } from "../delivery/bulk.ts";
import { newQueueId } from "../delivery/disk-queue/segments.ts";
import type { QueueLife } from "../delivery/queue-life.ts";
import { ElasticsearchBulk } from "./bulk.ts";
import { BulkBuffer, type DocumentEncoder } from "./bulk-buffer.ts";
import { readConnection } from "./connection.ts";
import { IdentityWatch } from "./identity-watch.ts";
import { OpenRequests, type OpenRequestsLog } from "./open-requests.ts";
import type { ElasticsearchValues } from "./options.ts";
import { Target } from "./target.ts";

/** What a destination is made from. */
export interface DestinationSettings {
  readonly name: string;
  readonly values: ElasticsearchValues;
  readonly index: string;
  readonly encoder: DocumentEncoder;
  readonly log: ConsolaInstance;
  /** Opened and closed with the destination. */
  readonly life: QueueLife;
}

const LOOPBACK = /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]/;

/** Sends to one index of one cluster. */
export class ElasticsearchDestination implements BulkDestination {
  readonly kind = "bulk";
  readonly description: string;
  readonly #settings: DestinationSettings;
  #shared: ConstructorParameters<typeof ElasticsearchBulk>[1] | undefined;
  #watch: IdentityWatch | undefined;

  constructor(settings: DestinationSettings) {
    const { index, values } = settings;
    this.#settings = settings;
    this.description = `index "${index}" at ${values["elasticsearch-hosts"].join(", ")}`;
  }

  async open(): Promise<void> {
    const { values, life, log } = this.#settings;
    const connection = await readConnection(values);
    const cluster = new Cluster(connection);
    life.open();
    this.#watch = new IdentityWatch(values, cluster, log);
    this.#watch.start();
    this.#shared = this.#share(cluster, connection);
  }

  createBulk(): Bulk {
    const { encoder, values } = this.#settings;
    const maxBytes = values["elasticsearch-bulk-max-bytes"];
    return new ElasticsearchBulk(
      new BulkBuffer(encoder, maxBytes, values["elasticsearch-bulk-max-size"]),
      this.#shared!,
    );
  }

  reopen(): void {
    void this.#watch?.look();
  }

  async close(): Promise<void> {
    this.#watch?.stop();
    await this.#settings.life.close();
  }

  undo(): void {
    this.#settings.life.undo();
  }

  #share(cluster: Cluster, { hosts }: ClusterSettings) {
    const { values, index, log, name } = this.#settings;
    const compression = values["elasticsearch-compression"];
    const target = new Target(cluster, index, (error) =>
      log.warn("Cannot look for documents: an event whose answer was lost may come twice after a rollover", {
        exporter: name,
        error: error.message,
        needed: "the privileges read and maintenance on the index",
      }),
    );
    const requests = new OpenRequests(
      cluster,
      this.#settings.life.disk?.id ?? newQueueId(),
      requestsLog(name, log),
    );
    return {
      cluster,
      target,
      requests,
      compresses:
        compression === "gzip" || (compression === "auto" && !hosts.every((host) => LOOPBACK.test(host))),
      maxBytes: values["elasticsearch-bulk-max-bytes"],
      hasWorked: false,
      onUnknown: () => void this.#watch?.look(),
    };
  }
}

function requestsLog(exporter: string, log: ConsolaInstance): OpenRequestsLog {
  const throttle = new Throttle(30_000);
  return {
    onHidden: (error) =>
      log.warn(
        "Cannot see what the cluster is working on: what a killed agent has sent may come twice after a rollover",
        { exporter, error: error.message, needed: "the cluster privilege monitor" },
      ),
    onWait() {
      const repeated = throttle.pass();
      if (repeated === undefined) return;
      log.info("The cluster still works on what was sent before: waiting for that", {
        exporter,
        ...repeated,
      });
    },
    onLeft: () =>
      log.warn(
        "The cluster works on what was sent before for too long: events may come twice after a rollover",
        {
          exporter,
        },
      ),
  };
}
