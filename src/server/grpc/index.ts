/**
 * @module Tetragon's gRPC API.
 *
 * Events go straight to HTTP/2, encoded once for all clients that get them as they are. Everything else is asked for
 * seldom: it goes through protobuf's own runtime, which is loaded by the first call that needs it.
 */

import type { ConsolaInstance } from "consola";
import { GET_EVENTS } from "../../encoding/protobuf/paths.ts";
import type { Method } from "../../lib/grpc/router.ts";
import type { ServerCounters } from "../../telemetry/counters.ts";
import type { ServedAgent, Server } from "../definition.ts";
import { RpcServer } from "../rpc-server.ts";
import type { TlsFiles } from "../tls-files.ts";
import type { EventQueueLimits } from "./events/event-queue.ts";
import { EventStreams } from "./events/event-streams.ts";
import { getEvents } from "./events/get-events.ts";
import { InfoFile } from "./info-file.ts";

/** What the server is given. */
export interface GrpcServerSettings {
  readonly address: string;
  readonly tls: TlsFiles | undefined;
  /** `--enable-deprecated-tracingpolicy-grpc` */
  readonly servesDeprecated: boolean;
  readonly agent: ServedAgent;
  readonly limits: EventQueueLimits;
  readonly log: ConsolaInstance;
  /** @default where Tetragon's clients look for it */
  readonly infoFile?: string;
}

/** The API, on one address. */
export class GrpcServer implements Server {
  readonly name = "grpc";
  readonly #settings: GrpcServerSettings;
  readonly #server: RpcServer;
  readonly #streams: EventStreams;
  readonly #info: InfoFile;
  #methods: Promise<ReadonlyMap<string, Method>> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: GrpcServerSettings) {
    this.#settings = settings;
    const { address, tls, agent, limits, log } = settings;
    this.#streams = new EventStreams({ bus: agent.bus, limits, log });
    this.#info = new InfoFile({ log, agent, path: settings.infoFile });
    const events = getEvents(this.#streams, agent);
    this.#server = new RpcServer({
      title: "gRPC API",
      address,
      option: "server-address",
      tls,
      log,
      find: (path) => (path === GET_EVENTS ? events : this.#find(path)),
      onInternalError: (error) => agent.reportInternalError(error),
    });
  }

  get counters(): ServerCounters {
    return { clients: this.#streams.clients, ...this.#streams.totals };
  }

  start(): Promise<void> {
    return this.#server.start();
  }

  begin(): void {
    this.#server.begin();
    if (this.#server.address !== undefined) void this.#info.write(this.#server.address);
  }

  reload(): void {
    this.#server.reload();
  }

  stop(signal: AbortSignal): Promise<void> {
    this.#stopping ??= this.#stop(signal);
    return this.#stopping;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    this.#info.remove();
    await this.#streams.stop(signal);
    // Statuses and goodbyes leave before the sockets are closed.
    this.#server.leave();
    if (!signal.aborted) await Bun.sleep(0);
    this.#server.close();
  }

  async #find(path: string): Promise<Method | undefined> {
    const { agent, servesDeprecated } = this.#settings;
    this.#methods ??= import("./methods.ts").then(({ createMethods }) =>
      createMethods(agent, servesDeprecated),
    );
    return (await this.#methods).get(path);
  }
}
