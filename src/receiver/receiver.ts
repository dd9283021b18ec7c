/** @module The socket behind `tetrad listen`. */

import type { udp } from "bun";
import { printableLines } from "../lib/text/printable.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { formatHostPort } from "../os/socket-address.ts";
import { setReceiveBuffer } from "../os/udp-socket.ts";
import { formatDatagram } from "./format.ts";
import { inspect } from "./inspect.ts";
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
}

type Socket = udp.Socket<"buffer"> & { readonly fd: number };

const MULTICAST = /^(?:2(?:2[4-9]|3\d)\.|ff)/i;

/** Receives, inspects, prints and counts datagrams until it is stopped. */
export class Receiver {
  readonly summary = new ReceiverSummary();
  /** Resolves when the receiver has stopped. */
  readonly done: Promise<void>;
  readonly #settings: ReceiverSettings;
  readonly #finish: () => void;
  #socket: Socket | undefined;

  constructor(settings: ReceiverSettings) {
    this.#settings = settings;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
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
        socket: { data: (_socket, datagram) => this.#receive(datagram) },
      })) as Socket;
      if (MULTICAST.test(address)) this.#socket.addMembership(address);
    } catch (error) {
      throw new TetradError(
        "failed",
        `Cannot listen on ${formatHostPort(address, port)}: ${errorMessage(error)}`,
        { cause: error },
      );
    }
    const { effective } = setReceiveBuffer(this.#socket.fd, receiveBufferBytes);
    return { destination: formatHostPort(address, this.#socket.port), effectiveBuffer: effective };
  }

  /** Closes the socket. Idempotent. */
  stop(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#finish();
  }

  #receive(datagram: Buffer): void {
    if (this.#socket === undefined) return;
    const { output, isStrict, count, colors, isTerminal, write } = this.#settings;
    const inspection = inspect(datagram, isStrict);
    this.summary.add(datagram.length, inspection, performance.now());
    if (output === "raw") write(isTerminal ? printableLines(datagram.toString()) : datagram.toString());
    else if (output === "pretty" || inspection.kind === "invalid")
      write(`${formatDatagram(inspection, datagram, colors)}\n`);
    if (this.summary.datagrams >= count) this.stop();
  }
}
