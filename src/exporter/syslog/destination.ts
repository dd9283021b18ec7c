/** @module Syslog servers as a place that takes bulks: one is connected to at a time. */
import type { ConsolaInstance } from "consola";
import { createRfc5424 } from "../../encoding/rfc5424/envelope.ts";
import type { ClientTls } from "../../lib/client-tls.ts";
import { NOTHING } from "../../metadata/document.ts";
import type { MetadataProvider } from "../../metadata/provider.ts";
import { errorMessage } from "../../os/caught.ts";
import { stateOfFiles } from "../../os/file-state.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { Bulk, BulkDestination } from "../delivery/bulk.ts";
import { OneLine } from "../delivery/one-line.ts";
import type { QueueLife } from "../delivery/queue-life.ts";
import { formatServerAddress, type ServerAddress } from "../server-address.ts";
import { ownCertificateAdvice, readTls, tlsFiles } from "../tls-files.ts";
import { SyslogBulk } from "./bulk.ts";
import { Connection } from "./connection.ts";
import { MessageBuffer } from "./message-buffer.ts";
import type { SyslogValues } from "./options.ts";

/** At most one line about servers that end connections at once in this time, milliseconds. */
const LOG_INTERVAL_MS = 10_000;

/** What a destination is made from. */
export interface DestinationSettings {
  readonly name: string;
  readonly servers: readonly ServerAddress[];
  readonly values: SyslogValues;
  /** Its number. */
  readonly facility: number;
  readonly metadata: MetadataProvider | undefined;
  readonly counters: ExporterCounters;
  readonly log: ConsolaInstance;
  /** Opened and closed with the destination. */
  readonly life: QueueLife;
}

/** Sends to the first server that can be reached. */
export class SyslogDestination implements BulkDestination {
  readonly kind = "bulk";
  readonly description: string;
  readonly #settings: DestinationSettings;
  #tls: ClientTls = { verification: "full" };
  #tlsState = "";
  readonly #endedAtOnce = new Throttle(LOG_INTERVAL_MS);
  #connection: Connection | undefined;
  /** The server that is tried first: the one behind that which failed last. */
  #next = 0;
  /** The metadata as the last server has it, framed. */
  #introduction: Buffer | undefined;

  constructor(settings: DestinationSettings) {
    this.#settings = settings;
    this.description = settings.servers.map(formatServerAddress).join(", ");
  }

  async open(): Promise<void> {
    const { values, life } = this.#settings;
    this.#tls = await readTls("syslog", values);
    this.#tlsState = this.#stateOfTls();
    life.open();
  }

  createBulk(): Bulk {
    return new SyslogBulk(this.#createBuffer(), {
      name: this.description,
      counters: this.#settings.counters,
      connect: (isIntroduced, signal) => this.#connect(isIntroduced, signal),
      ownAdvice: () => ownCertificateAdvice("syslog", this.#tls),
      introduced: (message) => {
        this.#introduction = message;
      },
    });
  }

  reopen(): void {
    this.#connection?.end();
  }

  async close(): Promise<void> {
    this.#connection?.end();
    await this.#settings.life.close();
  }

  undo(): void {
    this.#settings.life.undo();
  }

  #createBuffer(): MessageBuffer {
    const { values, facility } = this.#settings;
    return new MessageBuffer({
      envelope: createRfc5424(facility, process.pid),
      framing: values["syslog-framing"],
      maxBytes: values["syslog-max-message-size"],
    });
  }

  /**
   * The connection that there is, or a new one.
   * @param isIntroduced Whether what is sent next says who is speaking.
   * @throws Error that says of each server why it cannot be reached.
   */
  async #connect(isIntroduced: boolean, signal: AbortSignal): Promise<Connection> {
    if (this.#connection?.isOpen === true) return this.#connection;
    const { servers } = this.#settings;
    const failures: string[] = [];
    for (const _ of servers) {
      const address = servers[this.#next % servers.length]!;
      // Should it fail, now or later, it is the other's turn.
      this.#next = (this.#next + 1) % servers.length;
      try {
        const connection = await this.#open(address, signal);
        if (!isIntroduced) await this.#introduce(connection, signal);
        this.#connection = connection;
        this.#settings.log.info("Connected to a syslog server", {
          exporter: this.#settings.name,
          to: connection.description,
        });
        return connection;
      } catch (error) {
        failures.push(errorMessage(error));
        if (signal.aborted) break;
      }
    }
    throw new Error(failures.join("; ") + (await ownCertificateAdvice("syslog", this.#tls)));
  }

  async #open(address: ServerAddress, signal: AbortSignal): Promise<Connection> {
    await this.#renewTls();
    const timeoutMs = this.#settings.values["syslog-timeout"];
    const onEndedAtOnce = (why: string) => this.#sayEndedAtOnce(address, why);
    return await Connection.open({ address, tls: this.#tls, timeoutMs, onEndedAtOnce }, signal);
  }

  #sayEndedAtOnce(address: ServerAddress, why: string): void {
    const repeated = this.#endedAtOnce.pass();
    if (repeated === undefined) return;
    this.#settings.log.warn("A syslog server has ended a connection at once: it may speak TLS", {
      exporter: this.#settings.name,
      to: formatServerAddress(address),
      why,
      instead: formatServerAddress({ ...address, isTls: true }),
      ...repeated,
    });
  }

  /** A server that has not heard who is speaking hears it before any event. */
  async #introduce(connection: Connection, signal: AbortSignal): Promise<void> {
    this.#introduction ??= this.#firstIntroduction();
    if (this.#introduction === undefined) return;
    const { error } = await connection.send(this.#introduction, signal);
    if (error === undefined) return;
    connection.close();
    throw error;
  }

  /** Events of an earlier run come before the metadata of this one. */
  #firstIntroduction(): Buffer | undefined {
    const line = this.#settings.metadata?.lineAfter(NOTHING);
    if (line === undefined) return undefined;
    const buffer = this.#createBuffer();
    buffer.add(new OneLine(line), 0);
    return buffer.copyOf(0);
  }

  /** Certificates that were renewed. Those that cannot be used leave the ones before. */
  async #renewTls(): Promise<void> {
    const state = this.#stateOfTls();
    if (state === this.#tlsState) return;
    this.#tlsState = state;
    const { values, log, name } = this.#settings;
    try {
      this.#tls = await readTls("syslog", values);
    } catch (error) {
      log.warn("Cannot use the changed certificates: those before stay", {
        exporter: name,
        error: errorMessage(error),
      });
    }
  }

  #stateOfTls(): string {
    return stateOfFiles(tlsFiles("syslog", this.#settings.values));
  }
}
