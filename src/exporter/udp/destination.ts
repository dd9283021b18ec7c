/** @module One UDP destination: its name and addresses, its socket, and what becomes of datagrams. */
import type { LineView } from "../../event/batch.ts";
import type { MetadataEventName } from "../../event/description/index.ts";
import type { Progress } from "../../metadata/document.ts";
import { errorCode, errorMessage } from "../../os/caught.ts";
import { Errno, RUN_BYTES } from "../../os/datagram-sender.ts";
import { TetradError } from "../../os/error.ts";
import {
  AF_INET6,
  encodeSocketAddress,
  formatHostPort,
  literalFamily,
  scopeIdOf,
} from "../../os/socket-address.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { DestinationEvents, DirectDestination, MetadataFate } from "../delivery/destination.ts";
import { announce, fitterFor } from "./announcement.ts";
import { Congestion } from "./congestion.ts";
import type { Packing } from "./datagrams.ts";
import { LocalErrors } from "./local-errors.ts";
import type { Path } from "./path.ts";
import { type Address, Resolver } from "./resolver.ts";
import { Sent } from "./sent.ts";
import type { UdpSettings } from "./settings.ts";
import { checkZone, configureSocket, largestPacket, type Socket } from "./socket.ts";
import { Transmitter } from "./transmitter.ts";

/** First wait after a failed look-up, milliseconds; doubles up to `--udp-resolve-interval`. */
const RESOLVE_RETRY_MS = 250;
/** The driver's queue is full, but the socket's is not, so no event says when to go on. Milliseconds. */
const ENOBUFS_WAIT_MS = 5;

/** Sends lines as datagrams to one address after another of one name. */
export class UdpDestination implements DirectDestination {
  readonly kind = "direct";
  readonly lastLineCopies = 3;
  readonly description: string;
  readonly lingerMs: number;
  isWaiting = false;
  readonly #settings: UdpSettings;
  readonly #transmitter: Transmitter;
  /** Where datagrams are made of events that are not just sent as they are. */
  readonly #packer: Packing | undefined;
  readonly #resolver: Resolver;
  readonly #congestion = new Congestion();
  readonly #metadataLog = new Throttle();
  readonly #errorLog = new Throttle();
  readonly #resolveLog = new Throttle();
  readonly #tooLargeLog = new Throttle();
  readonly #sent: Sent;
  #events: DestinationEvents | undefined;
  #socket: Socket | undefined;
  #socketAddress: Uint8Array | undefined;
  #localErrors: LocalErrors | undefined;
  #path: Path | undefined;
  #address: Address | undefined;
  #isClosed = false;
  /** Why the last socket could not be opened. */
  #failure: unknown;

  constructor(settings: UdpSettings) {
    const { host, port, lookup, resolveIntervalMs, maxDatagramBytes, inflight, counters } = settings;
    const { padPercent, sendBufferBytes } = settings;
    this.#settings = settings;
    this.#packer = settings.packer ?? settings.framer;
    this.lingerMs = settings.lingerMs ?? 0;
    this.description = formatHostPort(host, port);
    this.#transmitter = new Transmitter({
      maxDatagramBytes,
      padPercent,
      runBytes: Math.min(RUN_BYTES, sendBufferBytes),
      inflight,
      counters,
      congestion: this.#congestion,
      onPathWanted: () => void this.#findPath(),
      onAnswer: () => this.#localErrors?.noteAnswer(performance.now()),
      onError: (errno) => this.#onSendError(errno),
      onTooLarge: (bytes) => this.#onTooLarge(bytes),
    });
    this.#sent = new Sent(counters, () => this.#transmitter.joined);
    this.#resolver = new Resolver({
      host,
      lookup,
      intervalMs: resolveIntervalMs,
      retryMs: RESOLVE_RETRY_MS,
      onAddresses: (addresses) => void this.#onAddresses(addresses),
      onFailure: (error) => this.#onResolveFailure(error),
    });
  }

  async open(events: DestinationEvents): Promise<void> {
    this.#events = events;
    const { host } = this.#settings;
    const family = literalFamily(host);
    if (family !== undefined) checkZone(host);
    if (family !== undefined && !(await this.#open({ host, family }))) {
      const cause = this.#failure;
      const found = errorMessage(cause);
      // What the runtime says where the kernel has no IPv6, or no IPv4.
      const family = errorCode(cause) === "EAFNOSUPPORT" ? ": the host lacks its address family" : "";
      throw new TetradError(
        "failed",
        `Cannot open a UDP socket for --udp-output-address "${host}": ${found}${family}`,
        { cause },
      );
    }
    if (family === undefined) this.#resolver.start();
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  transmit(lines: LineView, mayWait: boolean): number {
    if (this.#packer === undefined) return this.#transmitter.transmit(lines);
    const handled = this.#transmitter.transmitPacked(this.#packer, lines, mayWait);
    this.isWaiting = this.#transmitter.isWaiting;
    return handled;
  }

  /** Since the socket was opened for the present address. */
  progress(): Omit<Progress, "dropped"> {
    const receiver = this.#address && formatHostPort(this.#address.host, this.#settings.port);
    return { receiver, ...this.#sent.progress };
  }

  transmitMetadata(line: Uint8Array, event: MetadataEventName): MetadataFate {
    const { log, maxDatagramBytes, name: exporter, port } = this.#settings;
    if (this.#localErrors?.areReported !== true) this.#localErrors?.renew();
    const receiver = { socket: this.#socket!, address: this.#address!, port, congestion: this.#congestion };
    const fitter = fitterFor(this.#settings, event);
    const { fate, datagrams, bytes, error } = announce(line, maxDatagramBytes, receiver, fitter);
    this.#sent.addMetadata(datagrams, bytes);
    const destination = this.description;
    if (fate === "sent") {
      const level = event === "agent_refresh" ? "debug" : "info";
      log[level]("Metadata event sent over UDP", { destination, bytes, exporter, event });
    }
    if (fate === "full" && error !== undefined) this.#awaitQueue();
    if (fate === "sent" || fate === "full") return fate;
    // Nothing that is queued is sent any more.
    if (fate === "unreachable") this.#packer?.forget();
    this.#resolver.refresh();
    const repeated = this.#metadataLog.pass();
    if (repeated === undefined) return fate;
    const fields = { destination, error: String(error), exporter, ...repeated };
    log.warn("Cannot send the metadata event over UDP: it is tried again before the next event", fields);
    return fate;
  }

  /**
   * Has the event loop say when the socket buffer has room. Bun watches a socket only after a send of its own
   * came to nothing, so the first line is offered once more that way; now and then it is taken.
   */
  awaitRoom(lines: LineView): number {
    const { counters, maxDatagramBytes, port } = this.#settings;
    const datagrams = this.#packer?.pack(lines, false, 1);
    const offered = datagrams ?? lines;
    const bytes = offered.endAt(0) - offered.startAt(0);
    if (this.#transmitter.blockedBy === Errno.ENOBUFS || bytes > maxDatagramBytes) {
      counters.retries++;
      this.#awaitQueue();
      return 0;
    }
    const line = offered.bufferAt(0).subarray(offered.startAt(0), offered.endAt(0));
    try {
      if (!this.#socket!.send(line, port, this.#address!.host)) return 0;
    } catch {
      this.#awaitQueue();
      return 0;
    }
    const events = this.#transmitter.noteSent(offered, datagrams);
    this.#packer?.settle(1);
    setImmediate(() => this.#events?.onRoom());
    return events;
  }

  /** Nothing says when a queue of this host has room again. */
  #awaitQueue(): void {
    setTimeout(() => this.#events?.onRoom(), ENOBUFS_WAIT_MS);
  }

  reopen(): void {
    this.#resolver.refresh();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#resolver.stop();
    this.#localErrors?.[Symbol.dispose]();
    this.#path?.[Symbol.dispose]();
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #onAddresses(addresses: readonly Address[]): Promise<void> {
    const current = this.#address;
    if (current !== undefined && addresses.some(({ host }) => host === current.host)) return;
    for (const address of addresses) {
      if (await this.#open(address)) return;
    }
    this.#onResolveFailure(new Error("no address of a family that this host has"));
  }

  /** Makes a socket for the address, whose receiver knows nothing yet. @returns Whether that succeeded: see `#failure`. */
  async #open(address: Address): Promise<boolean> {
    const { port, log } = this.#settings;
    let socket: Socket;
    let socketAddress: Uint8Array;
    try {
      socketAddress = encodeSocketAddress(address.host, port, scopeIdOf(address.host));
      socket = (await Bun.udpSocket({
        hostname: address.family === AF_INET6 ? "::" : "0.0.0.0",
        socket: {
          drain: () => this.#events?.onRoom(),
          // Failures are seen where they happen, at the send.
          error: () => {},
        },
      })) as Socket;
    } catch (error) {
      this.#failure = error;
      log.debug("Cannot open a UDP socket", { address: address.host, error: String(error) });
      return false;
    }
    if (this.#isClosed) {
      socket.close();
      return true;
    }
    configureSocket(socket, address, this.#settings);
    this.#localErrors?.[Symbol.dispose]();
    this.#localErrors = new LocalErrors(socket.fd, address.family, socketAddress);
    this.#localErrors.renew();
    this.#socket?.close();
    this.#socket = socket;
    this.#address = address;
    this.#socketAddress = socketAddress;
    this.#path?.[Symbol.dispose]();
    this.#path = undefined;
    this.#transmitter.setDestination(socket.fd, socketAddress);
    this.#sent.reset();
    this.#packer?.forget();
    log.debug("UDP destination", { destination: this.description, address: address.host });
    this.#events?.onReceiver();
    if (this.#settings.padPercent > 0) await this.#findPath();
    return true;
  }

  /** Has datagrams leave as fast as the way to the receiver allows. What that needs is loaded only here. */
  async #findPath(): Promise<void> {
    const [address, receiver] = [this.#address!, this.#socketAddress!];
    const { Path } = await import("./path.ts");
    if (this.#isClosed || this.#socketAddress !== receiver) return;
    this.#path = new Path({
      fd: this.#socket!.fd,
      family: address.family,
      receiver,
      localErrors: this.#localErrors!,
      largestPacket: largestPacket(address, this.#settings),
      wantsRuns: this.#settings.values["udp-segmentation"],
    });
    this.#transmitter.setPath(this.#path);
  }

  #onResolveFailure(error: unknown): void {
    const repeated = this.#resolveLog.pass();
    if (repeated === undefined) return;
    const { host, log, name } = this.#settings;
    log.warn("Cannot resolve --udp-output-address: could not resolve host, events wait in the queue", {
      exporter: name,
      address: host,
      error: errorMessage(error),
      ...repeated,
    });
  }

  #onTooLarge(bytes: number): void {
    const repeated = this.#tooLargeLog.pass();
    if (repeated === undefined) return;
    const { maxDatagramBytes, log, name } = this.#settings;
    log.warn("Event dropped: it cannot be made to fit --udp-max-datagram-size", {
      exporter: name,
      bytes,
      limit: maxDatagramBytes,
      ...repeated,
    });
  }

  #onSendError(errno: number): void {
    this.#resolver.refresh();
    const repeated = this.#errorLog.pass();
    if (repeated === undefined) return;
    this.#settings.log.warn("Cannot send a datagram", {
      exporter: this.#settings.name,
      destination: this.description,
      errno,
      ...repeated,
    });
  }
}
