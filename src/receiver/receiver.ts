/** @module The socket behind `tetrad listen`. */

import type { udp } from "bun";
import { printableLines } from "../lib/text/printable.ts";
import { errorCode, errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { formatHostPort } from "../os/socket-address.ts";
import { droppedDatagrams, setReceiveBuffer } from "../os/udp-socket.ts";
import type { Peer } from "./agents/peer.ts";
import { AgentWatch } from "./agents/watch.ts";
import { Breather } from "./breather.ts";
import { Chunks } from "./chunks.ts";
import { type DatagramDecoder, type Decoded, decodeDatagram } from "./decode.ts";
import { formatDatagram } from "./format.ts";
import { type Inspection, inspect } from "./inspect.ts";
import { type Received, Report } from "./report.ts";
import { ReceiverSummary } from "./summary.ts";

/** How datagrams are printed. */
export type OutputForm = "pretty" | "raw" | "none";

/** What {@link Receiver} is given. */
export interface ReceiverSettings {
  readonly address: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly output: OutputForm;
  /** Whether datagrams are checked against the schemas. */
  readonly isStrict: boolean;
  /** Datagrams to receive at most. */
  readonly count: number;
  /** Whether pretty lines have colours. */
  readonly colors: boolean;
  /** Whether a terminal shows what is printed: then it gets no control characters, whatever the form. */
  readonly isTerminal: boolean;
  /** Takes the printed lines. */
  readonly write: (text: string) => void;
  /** Takes each document that could be taken out of a datagram. */
  readonly forward?: (document: Buffer) => void;
  /** Whether a datagram from there is one that {@link forward} has sent: it is counted, and nothing else. */
  readonly isForwarded?: (address: string, port: number) => boolean;
  /** Whether reports are JSON. */
  readonly isJson: boolean;
  /** Takes lines about agents, statistics and the report at the end. */
  readonly report: (text: string) => void;
  /** Agents that are kept. */
  readonly maxAgents: number;
  /** How long an agent may be silent, milliseconds; 0: three times its own interval. */
  readonly silenceMs: number;
  /** Time between statistics, milliseconds; 0: never. */
  readonly statsIntervalMs: number;
}

type Socket = udp.Socket<"buffer"> & { readonly fd: number };

const MULTICAST = /^(?:2(?:2[4-9]|3\d)\.|ff)/i;
/** How often the receiver looks who is silent, milliseconds. */
const TICK_MS = 1000;

/** Receives, inspects, prints and counts datagrams until it is stopped. */
export class Receiver {
  readonly summary = new ReceiverSummary();
  /** Resolves when the receiver has stopped. */
  readonly done: Promise<void>;
  /** Datagrams that were sent on and came back. */
  returned = 0;
  readonly #settings: ReceiverSettings;
  readonly #finish: () => void;
  readonly #decode: DatagramDecoder = decodeDatagram;
  readonly #chunks = new Chunks();
  readonly #breather = new Breather(() => this.#socket?.fd);
  readonly #report: Report;
  readonly #watch: AgentWatch;
  #socket: Socket | undefined;
  #overflowed = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(settings: ReceiverSettings) {
    this.#settings = settings;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
    this.#report = new Report({ isJson: settings.isJson, write: settings.report });
    this.#watch = new AgentWatch({
      maxAgents: settings.maxAgents,
      silenceMs: settings.silenceMs,
      startedAt: performance.now(),
      onNotice: (notice) => this.#report.notice(notice),
    });
  }

  /**
   * Binds the socket.
   * @returns Where it listens, and how large its receive buffer became, bytes.
   * @throws TetradError when the address or port cannot be used.
   */
  async start(): Promise<{ destination: string; effectiveBuffer: number }> {
    const { address, port, receiveBufferBytes } = this.#settings;
    try {
      this.#socket = (await Bun.udpSocket({
        hostname: address,
        port,
        binaryType: "buffer",
        socket: { data: (_socket, datagram, port, address) => this.#receive(datagram, address, port) },
      })) as Socket;
      if (MULTICAST.test(address)) this.#socket.addMembership(address);
    } catch (error) {
      throw new TetradError(
        "failed",
        `Cannot listen on ${formatHostPort(address, port)}: ${errorMessage(error)}${hintFor(error, port)}`,
        { cause: error },
      );
    }
    const { effective } = setReceiveBuffer(this.#socket.fd, receiveBufferBytes);
    this.#startTimers();
    return { destination: formatHostPort(address, this.#socket.port), effectiveBuffer: effective };
  }

  /** Closes the socket. Idempotent. */
  stop(): void {
    if (this.#socket !== undefined) this.#overflowed = droppedDatagrams(this.#socket.fd);
    this.#socket?.close();
    this.#socket = undefined;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#finish();
  }

  /** Reports on all that came. Called once, at the end. */
  reportEnd(): void {
    this.#report.tick();
    this.#report.end(this.#received);
  }

  get #received(): Received {
    if (this.#socket !== undefined) this.#overflowed = droppedDatagrams(this.#socket.fd);
    const { incomplete } = this.#chunks;
    return { summary: this.summary, watch: this.#watch, overflowed: this.#overflowed, incomplete };
  }

  #startTimers(): void {
    const { statsIntervalMs } = this.#settings;
    const tick = () => {
      this.#watch.tick(performance.now());
      this.#chunks.expire(performance.now());
      this.#report.tick();
    };
    this.#timers.push(setInterval(tick, TICK_MS));
    if (statsIntervalMs > 0)
      this.#timers.push(setInterval(() => this.#report.statistics(this.#received), statsIntervalMs));
  }

  #receive(datagram: Buffer, address: string, port: number): void {
    if (this.#socket === undefined) return;
    const now = performance.now();
    this.#breather.note(now);
    if (this.#settings.isForwarded?.(address, port)) {
      this.returned++;
      return;
    }
    const peer = this.#watch.count(address, port, now);
    this.summary.addDatagram(datagram.length, now);
    const whole = this.#chunks.add(datagram, `${address} ${port}`, now);
    if (whole !== undefined) this.#takeAll(this.#decode(whole), peer, now);
    if (this.summary.datagrams >= this.#settings.count) this.stop();
  }

  #takeAll({ documents, reason }: Decoded, peer: Peer, now: number): void {
    const { isStrict, forward } = this.#settings;
    for (const document of documents) {
      const inspection: Inspection =
        reason === undefined ? inspect(document, isStrict) : { kind: "invalid", reason };
      this.#take(document, inspection, peer, now);
      if (reason === undefined) forward?.(document);
    }
  }

  #take(document: Buffer, inspection: Inspection, peer: Peer, now: number): void {
    const { output, colors, isTerminal, write } = this.#settings;
    this.summary.add(inspection);
    if (output === "raw") write(rawText(document, isTerminal));
    else if (output === "pretty") write(`${formatDatagram(inspection, document, colors)}\n`);
    if (inspection.kind === "invalid" && output !== "pretty")
      this.#report.invalid(inspection.reason, document, peer);
    if (inspection.kind === "metadata") this.#watch.onMetadata(inspection.event, peer, now);
    else this.#watch.onEvent(peer, now);
  }
}

/** The document as it came, on lines of its own: what has no newline would swallow the next one. */
function rawText(document: Buffer, isTerminal: boolean): string {
  const text = document.toString();
  return (isTerminal ? printableLines(text) : text) + (text.endsWith("\n") ? "" : "\n");
}

/** What may be done about an address that cannot be had. */
function hintFor(error: unknown, port: number): string {
  switch (errorCode(error)) {
    case "EACCES":
      return port < 1024 ? " (ports below 1024 are for root; --port=5140 is for everybody)" : "";
    case "EADDRINUSE":
      return " (another program has it; --port takes another one)";
    case "EADDRNOTAVAIL":
      return " (this host does not have the address; --address=0.0.0.0 is all that it has)";
    default:
      return "";
  }
}
