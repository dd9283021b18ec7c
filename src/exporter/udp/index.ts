/**
 * @module The UDP exporter: one event, one datagram, one JSON document and a newline; `agent_init` first.
 *
 * Fire and forget: nothing that the network does throws, stops the agent or makes a source wait without bound.
 * Events wait in a bounded queue while the destination's name does not resolve yet or the socket buffer is
 * full; a full queue drops the newest events and counts them as `queue_full`.
 */

import type { udp } from "bun";
import type { EventBatch } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import { errorMessage } from "../../os/caught.ts";
import { Errno } from "../../os/datagram-sender.ts";
import { TetradError } from "../../os/error.ts";
import {
  AF_INET6,
  encodeSocketAddress,
  formatHostPort,
  interfaceAddress,
  literalFamily,
  scopeIdOf,
} from "../../os/socket-address.ts";
import { dropIncoming, ignoreIcmpErrors, setSendBuffer } from "../../os/udp-socket.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import { Backpressure } from "../backpressure.ts";
import type { Exporter } from "../exporter.ts";
import { LineQueue } from "../queue.ts";
import { type Address, Resolver } from "./resolver.ts";
import type { UdpSettings } from "./settings.ts";
import { Transmitter } from "./transmitter.ts";

/** First wait after a failed look-up, milliseconds; doubles up to `--udp-resolve-interval`. */
const RESOLVE_RETRY_MS = 250;
/** How long an exporter that sends nothing keeps sources waiting, milliseconds. */
const PATIENCE_MS = 1000;
/** The driver's queue is full, but the socket's is not, so no event tells when to go on. Milliseconds. */
const ENOBUFS_WAIT_MS = 5;
/** How often {@link UdpExporter.stop} looks whether the queue is empty, milliseconds. */
const DRAIN_POLL_MS = 5;

/** Bun's socket; `fd` is there, but not in its types. */
type Socket = udp.Socket<"uint8array"> & { readonly fd: number };

/** Sends events to one destination. */
class UdpExporter implements Exporter {
  readonly name = "udp";
  readonly #settings: UdpSettings;
  readonly #queue: LineQueue;
  readonly #transmitter: Transmitter;
  readonly #resolver: Resolver;
  readonly #backpressure = new Backpressure(PATIENCE_MS);
  readonly #errorLog = new Throttle();
  readonly #resolveLog = new Throttle();
  readonly #fullLog = new Throttle();
  readonly #tooLargeLog = new Throttle();
  readonly #agentInit: Uint8Array | undefined;
  #socket: Socket | undefined;
  #address: Address | undefined;
  /** `agent_init` has not been sent to the present destination yet. */
  #owesAgentInit = true;
  /** The socket buffer is full. */
  #isBlocked = false;
  #isStarted = false;
  #isStopped = false;

  constructor(settings: UdpSettings) {
    this.#settings = settings;
    this.#queue = new LineQueue(settings.queue);
    this.#transmitter = new Transmitter({
      maxDatagramBytes: settings.maxDatagramBytes,
      inflight: settings.checkpoint.inflight,
      counters: settings.counters,
      onError: (errno) => this.#onSendError(errno),
      onTooLarge: (bytes) => this.#onTooLarge(bytes),
    });
    this.#resolver = new Resolver({
      host: settings.host,
      lookup: settings.lookup,
      intervalMs: settings.resolveIntervalMs,
      retryMs: RESOLVE_RETRY_MS,
      onAddresses: (addresses) => void this.#onAddresses(addresses),
      onFailure: (error) => this.#onResolveFailure(error),
    });
    this.#agentInit = fitLine(settings.agentInit, settings.maxDatagramBytes);
  }

  async start(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStarted = true;
    const { host } = this.#settings;
    const family = literalFamily(host);
    if (family !== undefined) checkZone(host);
    if (family !== undefined && !(await this.#open({ host, family }))) {
      throw new TetradError(
        "failed",
        `Cannot open a UDP socket for --udp-output-address "${host}": the host lacks its address family`,
      );
    }
    if (family === undefined) this.#resolver.start();
  }

  write(batch: EventBatch): void {
    if (this.#isStopped) {
      this.#settings.counters.send_failed += batch.count;
      return;
    }
    let handled = 0;
    if (this.#canSend && this.#queue.isEmpty) {
      handled = this.#transmitter.transmit(batch);
      this.#backpressure.progress();
    }
    if (handled === batch.count && this.#queue.isEmpty) {
      this.#settings.checkpoint.commitPosition(batch.stream, batch.endPosition);
      return;
    }
    this.#enqueue(batch, handled);
    this.#pump();
  }

  ready(): Promise<void> | undefined {
    return this.#queue.hasRoom ? undefined : this.#backpressure.wait();
  }

  reload(): void {
    this.#resolver.refresh();
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (this.#isStopped) return;
    while (this.#hasPending && !signal.aborted) {
      this.#pump();
      if (this.#hasPending) await Bun.sleep(DRAIN_POLL_MS);
    }
    if (this.#isStarted && this.#owesAgentInit) {
      const destination = formatHostPort(this.#settings.host, this.#settings.port);
      this.#settings.log.warn("Cannot send the metadata event: no address to send it to", { destination });
    }
    this.#isStopped = true;
    this.#resolver.stop();
    this.#settings.counters.send_failed += this.#queue.length;
    this.#queue.clear();
    this.#backpressure.release();
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Something is left to be sent, be it `agent_init` alone. */
  get #hasPending(): boolean {
    return !this.#queue.isEmpty || (this.#isStarted && this.#owesAgentInit);
  }

  get #canSend(): boolean {
    return this.#socket !== undefined && !this.#isBlocked && !this.#owesAgentInit;
  }

  /** Queues the lines from number `first` on; the newest are dropped when there is no room. */
  #enqueue(batch: EventBatch, first: number): void {
    const { counters, log } = this.#settings;
    const dropped = this.#queue.pushFitting(batch, first);
    if (dropped === 0) return;
    counters.queue_full += dropped;
    if (this.#fullLog.pass() < 0) return;
    log.warn("Event queue is full: the newest events are dropped", {
      exporter: this.name,
      queue_full: counters.queue_full,
    });
  }

  /** Sends what is queued, `agent_init` before all else, until the queue is empty or the socket buffer full. */
  #pump(): void {
    if (this.#socket === undefined || this.#isBlocked) return;
    if (this.#owesAgentInit && !this.#sendAgentInit()) return;
    while (!this.#queue.isEmpty) {
      const handled = this.#transmitter.transmit(this.#queue);
      this.#queue.shift(handled);
      if (handled > 0) this.#backpressure.progress();
      if (!this.#queue.isEmpty) {
        this.#waitForRoom();
        break;
      }
    }
    if (this.#queue.hasRoom) this.#backpressure.release();
  }

  /** Sends the cached bytes. @returns Whether events may follow. */
  #sendAgentInit(): boolean {
    const destination = formatHostPort(this.#settings.host, this.#settings.port);
    const { log } = this.#settings;
    if (this.#agentInit === undefined) {
      log.warn("Cannot send the metadata event: it does not fit --udp-max-datagram-size", { destination });
    } else {
      try {
        if (!this.#socket!.send(this.#agentInit, this.#settings.port, this.#address!.host)) {
          this.#isBlocked = true;
          return false;
        }
        log.info("Metadata event sent over UDP", { destination, bytes: this.#agentInit.length });
      } catch (error) {
        log.warn("Cannot send the metadata event over UDP", { destination, error: String(error) });
      }
    }
    this.#owesAgentInit = false;
    return true;
  }

  /**
   * Has the event loop tell when the socket buffer has room. Bun watches a socket only after a send of its own
   * came to nothing, so the front line is offered once more that way; now and then it is taken.
   */
  #waitForRoom(): void {
    this.#isBlocked = true;
    const { checkpoint, counters, maxDatagramBytes, port } = this.#settings;
    const queue = this.#queue;
    const bytes = queue.endAt(0) - queue.startAt(0);
    if (this.#transmitter.blockedBy === Errno.ENOBUFS || bytes > maxDatagramBytes) {
      setTimeout(() => this.#onDrain(), ENOBUFS_WAIT_MS);
      return;
    }
    const line = queue.bufferAt(0).subarray(queue.startAt(0), queue.endAt(0));
    try {
      if (!this.#socket!.send(line, port, this.#address!.host)) return;
    } catch {
      setTimeout(() => this.#onDrain(), ENOBUFS_WAIT_MS);
      return;
    }
    counters.exported++;
    counters.bytes_exported += bytes;
    checkpoint.commitPosition(queue.streamAt(0), queue.positionAt(0));
    queue.shift(1);
    setImmediate(() => this.#onDrain());
  }

  #onDrain(): void {
    this.#isBlocked = false;
    this.#pump();
  }

  async #onAddresses(addresses: readonly Address[]): Promise<void> {
    const current = this.#address;
    if (current !== undefined && addresses.some(({ host }) => host === current.host)) return;
    for (const address of addresses) {
      if (await this.#open(address)) return;
    }
    this.#onResolveFailure(new Error("no address of a family that this host has"));
  }

  /** Makes a socket for the address and lets `agent_init` go first. @returns Whether the host has the family. */
  async #open(address: Address): Promise<boolean> {
    const { host, port, log } = this.#settings;
    let socket: Socket;
    let socketAddress: Uint8Array;
    try {
      socketAddress = encodeSocketAddress(address.host, port, scopeIdOf(address.host));
      socket = (await Bun.udpSocket({
        hostname: address.family === AF_INET6 ? "::" : "0.0.0.0",
        socket: {
          drain: () => this.#onDrain(),
          // Failures are seen where they happen, at the send.
          error: () => {},
        },
      })) as Socket;
    } catch (error) {
      log.debug("Cannot open a UDP socket", { address: address.host, error: String(error) });
      return false;
    }
    if (this.#isStopped) {
      socket.close();
      return true;
    }
    this.#configure(socket, address);
    this.#socket?.close();
    this.#socket = socket;
    this.#address = address;
    this.#isBlocked = false;
    this.#owesAgentInit = true;
    this.#transmitter.setDestination(socket.fd, socketAddress);
    log.debug("UDP destination", { destination: formatHostPort(host, port), address: address.host });
    this.#pump();
    return true;
  }

  #configure(socket: Socket, { family }: Address): void {
    const { sendBufferBytes, multicastTtl, multicastInterface, log } = this.#settings;
    if (!ignoreIcmpErrors(socket.fd, family)) {
      log.warn(
        "Cannot turn off ICMP errors on the UDP socket: a datagram to a closed port may be sent twice over",
      );
    }
    dropIncoming(socket.fd);
    const buffer = setSendBuffer(socket.fd, sendBufferBytes);
    const fields = { requested: buffer.requested, effective: buffer.effective };
    if (buffer.clamped)
      log.warn("UDP send buffer is smaller than --udp-buffer-size: net.core.wmem_max", fields);
    else log.info("UDP send buffer", fields);
    try {
      socket.setBroadcast(true);
      socket.setMulticastTTL(multicastTtl);
      if (multicastInterface !== "") {
        socket.setMulticastInterface(interfaceAddress(multicastInterface, family));
      }
    } catch (error) {
      log.warn("Cannot set a multicast option of the UDP socket", { error: String(error) });
    }
  }

  #onResolveFailure(error: unknown): void {
    const held = this.#resolveLog.pass();
    if (held < 0) return;
    const { host, log } = this.#settings;
    log.warn("Cannot resolve --udp-output-address: events wait in the queue", {
      address: host,
      error: errorMessage(error),
      ...(held > 0 && { repeated: held }),
    });
  }

  #onTooLarge(bytes: number): void {
    const held = this.#tooLargeLog.pass();
    if (held < 0) return;
    const { maxDatagramBytes, log } = this.#settings;
    log.warn("Event dropped: it cannot be made to fit --udp-max-datagram-size", {
      bytes,
      limit: maxDatagramBytes,
      ...(held > 0 && { repeated: held }),
    });
  }

  #onSendError(errno: number): void {
    this.#resolver.refresh();
    const held = this.#errorLog.pass();
    if (held < 0) return;
    const { host, port, log } = this.#settings;
    log.warn("Cannot send a datagram", {
      destination: formatHostPort(host, port),
      errno,
      ...(held > 0 && { repeated: held }),
    });
  }
}

/** @throws TetradError `config` when an IPv6 literal names an interface that is not there. */
function checkZone(host: string): void {
  try {
    scopeIdOf(host);
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new TetradError("config", `Cannot use --udp-output-address "${host}": ${reason}`, { cause });
  }
}

/** A line shortened to `maxBytes` if it is longer; `undefined` when it cannot be. */
function fitLine(line: Uint8Array, maxBytes: number): Uint8Array | undefined {
  if (line.length <= maxBytes) return line;
  const text = fit(Buffer.from(line).toString().trimEnd(), maxBytes);
  return text === undefined ? undefined : Buffer.from(`${text}\n`);
}

/** Makes the UDP exporter. */
export function createUdpExporter(settings: UdpSettings): Exporter {
  return new UdpExporter(settings);
}
