/** @module gRPC's health service (grpc/grpc, doc/health-checking.md), as Kubernetes' probes and others ask it. */
import type { ConsolaInstance } from "consola";
import type { Method } from "../../lib/grpc/router.ts";
import type { ServedAgent, Server } from "../definition.ts";
import { RpcServer } from "../rpc-server.ts";
import { HealthStatus } from "./status.ts";

/** What the server is given. */
export interface HealthServerSettings {
  readonly address: string;
  /** Whether the address was set: the default is for this machine only. */
  readonly isAddressSet: boolean;
  /** 0: looks whenever somebody asks. */
  readonly intervalMs: number;
  readonly agent: ServedAgent;
  readonly log: ConsolaInstance;
}

/** The service, on one address. */
export class HealthServer implements Server {
  readonly name = "health";
  readonly counters = {};
  readonly #server: RpcServer;
  readonly #status: HealthStatus;
  #methods: Promise<ReadonlyMap<string, Method>> | undefined;
  #stopping: Promise<void> | undefined;

  constructor({ address, isAddressSet, intervalMs, agent, log }: HealthServerSettings) {
    this.#status = new HealthStatus(() => agent.health.status === "running", intervalMs);
    this.#server = new RpcServer({
      title: "Health service",
      address: !isAddressSet && address.startsWith(":") ? `localhost${address}` : address,
      option: "health-server-address",
      log,
      find: (path) => this.#find(path),
      onInternalError: (error) => agent.reportInternalError(error),
    });
  }

  start(): Promise<void> {
    return this.#server.start();
  }

  begin(): void {
    this.#status.start();
    this.#server.begin();
  }

  /** Whoever watches hears of the end; whoever asks after it finds nobody. */
  stop(_signal: AbortSignal): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#status.stop();
    this.#server.leave();
    await Bun.sleep(0);
    this.#server.close();
  }

  async #find(path: string): Promise<Method | undefined> {
    this.#methods ??= import("./methods.ts").then(({ healthMethods }) => healthMethods(this.#status));
    return (await this.#methods).get(path);
  }
}
