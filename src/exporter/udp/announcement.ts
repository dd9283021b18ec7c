/** @module `agent_init` as a datagram, and what its failure says. */
import { fit } from "../../event/fit.ts";
import { errorCode } from "../../os/caught.ts";
import { queuedBytes } from "../../os/udp-socket.ts";
import type { MetadataFate } from "../delivery/destination.ts";
import type { Congestion } from "./congestion.ts";
import type { Framer } from "./framer.ts";
import type { Address } from "./resolver.ts";
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
  /** Of the datagram, bytes. */
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

/** Sends the line, shortened to `maxBytes`, and more where the host refuses it for its size. */
export function announce(
  line: Uint8Array,
  maxBytes: number,
  receiver: Receiver,
  framer?: Pick<Framer, "fitted">,
): Announced {
  let error: unknown = new Error("it does not fit --udp-max-datagram-size");
  for (let limit = maxBytes; limit >= SMALLEST_BYTES; limit = Math.min(limit, line.length) >> 1) {
    const bytes = framer ? framer.fitted(line, limit) : fitLine(line, limit);
    if (bytes === undefined) break;
    const result = send(bytes, receiver);
    if (errorCode(result.error) !== "EMSGSIZE") return result;
    error = result.error;
  }
  return { fate: "refused", bytes: line.length, error };
}

function send(bytes: Uint8Array, { socket, address, port, congestion }: Receiver): Announced {
  const { length } = bytes;
  // The first failure may be the answer to an earlier datagram.
  for (let isRepeated = false; ; isRepeated = true) {
    try {
      return { fate: socket.send(bytes, port, address.host) ? "sent" : "full", bytes: length };
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOBUFS") {
        const isHopeless = congestion.isHopeless(length, queuedBytes(socket.fd), performance.now());
        return { fate: isHopeless ? "refused" : "full", bytes: length, error };
      }
      if (isRepeated)
        return { fate: UNREACHABLE.has(code) ? "unreachable" : "refused", bytes: length, error };
    }
  }
}

/** A line shortened to `maxBytes` if it is longer; `undefined` when it cannot be. */
function fitLine(line: Uint8Array, maxBytes: number): Uint8Array | undefined {
  if (line.length <= maxBytes) return line;
  const text = fit(Buffer.from(line).toString().trimEnd(), maxBytes);
  return text === undefined ? undefined : Buffer.from(`${text}\n`);
}
