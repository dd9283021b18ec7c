/** @module Hands documents on, each as a datagram of its own, to a receiver that takes nothing else. */
import { fit } from "../event/fit.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { formatHostPort } from "../os/socket-address.ts";

/** What IPv4 carries. */
const MAX_DATAGRAM_BYTES = 65507;

/** How a socket of both families writes an address of IPv4. */
const MAPPED = /^::ffff:(?=\d+\.)/;

/** What is sent to one address. */
export interface Forwarder extends Disposable {
  send(document: Buffer): void;
  /** Whether what comes from there was sent here. */
  isFrom(address: string, port: number): boolean;
  /** Documents that could not leave. */
  readonly lost: number;
}

/** @throws TetradError when the address cannot be used. */
export async function createForwarder({ host, port }: { host: string; port: number }): Promise<Forwarder> {
  const connect = { hostname: host, port };
  let lost = 0;
  // Nobody may be there yet: that is not an error. Bun throws some failures at once and rejects with others.
  const open = async () => Bun.udpSocket({ connect, socket: { error: () => {} } });
  const socket = await open().catch((cause) => {
    const reason = errorMessage(cause);
    throw new TetradError("failed", `Cannot forward to ${formatHostPort(host, port)}: ${reason}`, { cause });
  });
  const own = socket.address;
  return {
    isFrom(address, port) {
      return port === own.port && address.replace(MAPPED, "") === own.address;
    },
    send(document) {
      const bytes = fitting(document);
      if (bytes === undefined || !trySend(bytes)) lost++;
    },
    get lost() {
      return lost;
    },
    [Symbol.dispose]() {
      socket.close();
    },
  };

  function trySend(bytes: Uint8Array): boolean {
    // The first failure may be the answer to an earlier datagram.
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        return socket.send(bytes);
      } catch {
        if (isRepeated) return false;
      }
    }
  }
}

/** What came compressed may be larger than a datagram. */
function fitting(document: Buffer): Uint8Array | undefined {
  if (document.length <= MAX_DATAGRAM_BYTES) return document;
  const text = fit(document.toString().trimEnd(), MAX_DATAGRAM_BYTES);
  return text === undefined ? undefined : Buffer.from(`${text}\n`);
}
