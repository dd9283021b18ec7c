/** @module What every gRPC server of the agent is: an address, peers within their limits, methods. */
import type { ConsolaInstance } from "consola";
import { PEER_LIMITS, type PeerLimits } from "../lib/grpc/limits.ts";
import { PeerServer } from "../lib/grpc/peer-server.ts";
import { type Method, Router } from "../lib/grpc/router.ts";
import { Throttle } from "../telemetry/throttle.ts";
import { type Listening, listen } from "./listen.ts";
import { parseListenAddress } from "./listen-address.ts";
import { readTls, type TlsFiles, TlsWatch } from "./tls-files.ts";

/** What {@link RpcServer} is given. */
export interface RpcServerSettings {
  /** For the log: `gRPC API`. */
  readonly title: string;
  /** As its option has it, which `check` has found to be one. */
  readonly address: string;
  readonly option: string;
  readonly tls?: TlsFiles | undefined;
  readonly log: ConsolaInstance;
  readonly limits?: PeerLimits;
  readonly find: (path: string) => Method | undefined | Promise<Method | undefined>;
  readonly onInternalError: (error: unknown) => void;
}

/** A server without its methods. */
export class RpcServer {
  readonly #settings: RpcServerSettings;
  readonly #troubles = new Throttle();
  #server: PeerServer | undefined;
  #listening: Listening | undefined;
  #watch: TlsWatch | undefined;
  #isStopped = false;

  constructor(settings: RpcServerSettings) {
    this.#settings = settings;
  }

  /** The address as clients may use it; `undefined` before {@link start} and after {@link close}. */
  get address(): string | undefined {
    return this.#listening?.address;
  }

  /**
   * Listens; nobody is let in yet.
   * @throws TetradError `unsupported` when the address cannot be listened on, `config` for files of TLS.
   */
  async start(): Promise<void> {
    if (this.#isStopped) return;
    const { address, option, tls, log, limits = PEER_LIMITS, find, onInternalError } = this.#settings;
    const context = tls && (await readTls(tls));
    const router = new Router({ limits, find, onInternalError });
    const server = new PeerServer({
      limits,
      tls: context,
      onStream: (stream, headers, peer) => router.accept(stream, headers, peer),
      onTrouble: (peer, reason) => this.#logTrouble(peer, reason),
      onInternalError,
    });
    this.#listening = await listen(server, { address: parseListenAddress(address)!, option, text: address });
    this.#server = server;
    if (tls !== undefined) this.#watch = new TlsWatch(tls, log, (changed) => server.useTls(changed));
    if (this.#isStopped) this.close();
  }

  /** Lets clients in. */
  begin(): void {
    const { title, log, tls } = this.#settings;
    if (this.#server === undefined) return;
    this.#server.open();
    this.#watch?.start();
    log.info(`${title} is open`, { address: this.address, ...(tls !== undefined && { tls: "yes" }) });
  }

  /** Reads the certificate anew if it has changed. */
  reload(): void {
    void this.#watch?.look();
  }

  /** Takes no further clients and calls. */
  leave(): void {
    this.#server?.leave();
  }

  /** Closes everything. Idempotent. */
  close(): void {
    this.#isStopped = true;
    this.#watch?.stop();
    this.#server?.close();
    this.#listening?.forget();
    this.#listening = undefined;
    this.#server = undefined;
  }

  #logTrouble(peer: string, reason: string): void {
    const { title, log } = this.#settings;
    const repeated = this.#troubles.pass();
    if (repeated === undefined) return;
    log.warn(`${title}: connection refused or ended`, { ...(peer !== "" && { peer }), reason, ...repeated });
  }
}
