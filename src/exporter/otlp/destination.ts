/** @module A receiver of OTLP as a place that takes bulks. */
import type { ConsolaInstance } from "consola";
import { RecordEncoder } from "../../encoding/otlp/record.ts";
import type { Head } from "../../encoding/otlp/request.ts";
import { encodeResource, encodeScope, resourceAttributes } from "../../encoding/otlp/resource.ts";
import type { AgentFacts } from "../../metadata/document.ts";
import { readSmallFile } from "../../os/early-files.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { Bulk, BulkDestination } from "../delivery/bulk.ts";
import type { QueueLife } from "../delivery/queue-life.ts";
import { type BulkSurroundings, OtlpBulk, readMetadata } from "./bulk.ts";
import type { MetricSender } from "./metrics.ts";
import type { OtlpValues } from "./options.ts";
import { decoded } from "./standard-variables.ts";
import type { Tracing, TracingSettings } from "./traces/index.ts";
import type { Transport } from "./transport.ts";

/** What a destination is made from. */
export interface DestinationSettings {
  readonly name: string;
  readonly values: OtlpValues;
  readonly facts: AgentFacts;
  readonly log: ConsolaInstance;
  /** Opened and closed with the destination. */
  readonly transport: Transport;
  /** Opened and closed with the destination. */
  readonly life: QueueLife;
  /** Make what sends processes as traces, and metrics: opened and closed with the destination, too. */
  readonly createTracing?: ((settings: Pick<TracingSettings, "encoder" | "head">) => Tracing) | undefined;
  readonly createMetrics?: ((head: () => Head) => MetricSender) | undefined;
}

const WARN_MS = 30_000;
/** https://opentelemetry.io/docs/specs/semconv/resource/host/#collecting-hostid-from-non-containerized-systems */
const MACHINE_ID = "/etc/machine-id";

/** Sends to one receiver. */
export class OtlpDestination implements BulkDestination {
  readonly kind = "bulk";
  readonly description: string;
  readonly #settings: DestinationSettings;
  readonly #transport: Transport;
  readonly #shared: BulkSurroundings;
  readonly #tracing: Tracing | undefined;
  readonly #metrics: MetricSender | undefined;
  #facts: AgentFacts;
  #head: Head;

  constructor(settings: DestinationSettings) {
    const { name, values, facts, log, transport } = settings;
    this.#settings = settings;
    this.#transport = transport;
    this.description = this.#transport.description;
    this.#facts = facts;
    this.#head = this.#makeHead();
    const { clusterName, nodeName, host } = facts;
    const encoder = new RecordEncoder({ clusterName, hostName: host.hostname, nodeName });
    const tracing = settings.createTracing?.({ encoder, head: () => this.#head });
    this.#tracing = tracing;
    this.#metrics = settings.createMetrics?.(() => this.#head);
    this.#shared = {
      name,
      transport: this.#transport,
      encoder,
      onEvent: tracing && ((lines, i) => tracing.add(lines, i)),
      head: (metadata) => this.#headAfter(metadata),
      maxBytes: values["otlp-batch-max-bytes"],
      maxItems: values["otlp-batch-max-size"],
      warnings: new Throttle(WARN_MS),
      log,
    };
  }

  async open(): Promise<void> {
    await this.#transport.open();
    await this.#tracing?.open();
    await this.#metrics?.open();
    this.#settings.life.open();
  }

  createBulk(): Bulk {
    return new OtlpBulk(this.#shared);
  }

  async close(): Promise<void> {
    this.#transport.close();
    await Promise.all([this.#tracing?.close(), this.#metrics?.close()]);
    await this.#settings.life.close();
  }

  undo(): void {
    this.#settings.life.undo();
  }

  /** The host may have got another name: the metadata says so. */
  #headAfter(metadata: Uint8Array | undefined): Head {
    if (metadata === undefined) return this.#head;
    const { hostname, kernel_version: kernelVersion, node_name: nodeName } = readMetadata(metadata);
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    const host = { hostname: text(hostname), kernelVersion: text(kernelVersion) };
    this.#facts = { ...this.#facts, host, nodeName: text(nodeName) };
    this.#head = this.#makeHead();
    return this.#head;
  }

  #makeHead(): Head {
    const { values } = this.#settings;
    const attributes = new Map(values["otlp-resource-attributes"].map(splitAttribute));
    const settings = {
      serviceName: values["otlp-service-name"],
      attributes,
      hostId: readSmallFile(MACHINE_ID)?.trim(),
    };
    return {
      resource: encodeResource(resourceAttributes(this.#facts, settings)),
      scope: encodeScope(this.#facts.build.version),
    };
  }
}

function splitAttribute(item: string): readonly [string, string] {
  const equals = item.indexOf("=");
  return [item.slice(0, equals).trim(), decoded(item.slice(equals + 1).trim())];
}
