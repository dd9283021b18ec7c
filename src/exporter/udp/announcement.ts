/** @module `agent_init` as a datagram, and what its failure says. */
import type { MetadataEventName } from "../../event/description/index.ts";
import { errorCode } from "../../os/caught.ts";
import { queuedBytes } from "../../os/send-queue.ts";
import type { MetadataFate } from "../delivery/destination.ts";
import type { Congestion } from "./congestion.ts";
import { fitLong } from "./fit-long.ts";
import type { Address } from "./resolver.ts";
import type { UdpSettings } from "./settings.ts";
import type { Socket } from "./socket.ts";

/** Failures that are about the way to the receiver: no datagram gets there at present. */
const UNREACHABLE: ReadonlySet<string | undefined> = new Set([
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "EHOSTDOWN",
  "EADDRNOTAVAIL",
  "ENODEV",
  "ENXIO",
  "ENONET",
]);

/** Below this the event would not say anything any more. */
const SMALLEST_BYTES = 256;

/** How a try ended. */
export interface Announced {
  readonly fate: MetadataFate;
  /** Datagrams that have left, and their bytes: several where the line is in chunks. */
  readonly datagrams: number;
  readonly bytes: number;
  /** Why it was not sent. */
  readonly error?: unknown;
}

/** Where to. */
export interface Receiver {
  readonly socket: Socket;
  readonly address: Address;
  readonly port: number;
  readonly congestion: Congestion;
}

/** Makes datagrams of a line, each of at most `maxBytes`; `undefined` where it cannot be made to fit. */
type LineFitter = (line: Uint8Array, maxBytes: number) => readonly Uint8Array[] | undefined;

/** How the line of a metadata event becomes datagrams. */
export function fitterFor(
  { packer, framer }: Pick<UdpSettings, "packer" | "framer">,
  event: MetadataEventName,
): LineFitter {
  // Whoever hears of an agent for the first time need not take anything apart.
  const isPlain = event === "agent_init";
  if (framer !== undefined) return (line, maxBytes) => framer.datagramsOf(line, maxBytes, isPlain);
  return isPlain || packer === undefined
    ? fitLine
    : (line, maxBytes) => fitLine(packer.packOne(line), maxBytes);
}

/** Sends the line, shortened to `maxBytes`, and more where the host refuses it for its size. */
export function announce(
  line: Uint8Array,
  maxBytes: number,
  receiver: Receiver,
  fitter: LineFitter,
): Announced {
  let error: unknown = new Error("it does not fit --udp-max-datagram-size");
  const left = { datagrams: 0, bytes: 0 };
  for (let limit = maxBytes; limit >= SMALLEST_BYTES; limit = Math.min(limit, line.length) >> 1) {
    const datagrams = fitter(line, limit);
    if (datagrams === undefined) break;
    const result = sendAll(datagrams, receiver, left);
    if (errorCode(result.error) !== "EMSGSIZE") return { ...left, ...result };
    error = result.error;
  }
  return { ...left, fate: "refused", error };
}

type Result = Pick<Announced, "fate" | "error">;

/** Up to the first one that is not sent. */
function sendAll(
  datagrams: readonly Uint8Array[],
  receiver: Receiver,
  left: { datagrams: number; bytes: number },
): Result {
  for (const datagram of datagrams) {
    const result = send(datagram, receiver);
    if (result.fate !== "sent") return result;
    left.datagrams++;
    left.bytes += datagram.length;
  }
  return { fate: "sent" };
}

function send(bytes: Uint8Array, { socket, address, port, congestion }: Receiver): Result {
  const { length } = bytes;
  // The first failure may be the answer to an earlier datagram.
  for (let isRepeated = false; ; isRepeated = true) {
    try {
      return { fate: socket.send(bytes, port, address.host) ? "sent" : "full" };
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOBUFS") {
        const isHopeless = congestion.isHopeless(length, queuedBytes(socket.fd), performance.now());
        return { fate: isHopeless ? "refused" : "full", error };
      }
      if (isRepeated) return { fate: UNREACHABLE.has(code) ? "unreachable" : "refused", error };
    }
  }
}

/** A line shortened to `maxBytes` if it is longer; `undefined` when it cannot be. */
function fitLine(line: Uint8Array, maxBytes: number): [Uint8Array] | undefined {
  if (line.length <= maxBytes) return [line];
  const text = fitLong(Buffer.from(line).toString().trimEnd(), maxBytes);
  return text === undefined ? undefined : [Buffer.from(`${text}\n`)];
}
