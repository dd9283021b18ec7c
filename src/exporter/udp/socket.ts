/** @module Options of the UDP socket. */
import type { udp } from "bun";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { AF_INET6, interfaceAddress, scopeIdOf } from "../../os/socket-address.ts";
import {
  dropIncoming,
  IPV6_MIN_MTU,
  reportErrors,
  setDontFragment,
  setSendBuffer,
  useMinimumMtu,
} from "../../os/udp-socket.ts";
import { type OptionSocket, udpRows } from "./options.ts";
import type { Address } from "./resolver.ts";
import type { UdpSettings } from "./settings.ts";

/** Bun's socket; `fd` is there, but not in its types. */
export type Socket = udp.Socket<"uint8array"> & { readonly fd: number };

const LOOPBACK_IPV6 = "::1";

/** Sets what the options ask for. What the kernel refuses is a warning. */
export function configureSocket(socket: Socket, address: Address, settings: UdpSettings): void {
  const { family } = address;
  const { name: exporter, sendBufferBytes, values, log } = settings;
  if (!reportErrors(socket.fd, family, false)) {
    log.warn(
      "Cannot turn off ICMP errors on the UDP socket: a datagram to a closed port may be sent twice over",
      { exporter },
    );
  }
  dropIncoming(socket.fd);
  const buffer = setSendBuffer(socket.fd, sendBufferBytes);
  const fields = { requested: buffer.requested, effective: buffer.effective, exporter };
  if (buffer.clamped)
    log.warn("UDP send buffer is smaller than --udp-buffer-size: net.core.wmem_max", fields);
  else log.info("UDP send buffer", fields);
  const attempt = (what: string, set: () => unknown): void => {
    try {
      set();
    } catch (error) {
      log.warn(`Cannot set ${what} of the UDP socket`, { exporter, error: String(error) });
    }
  };
  attempt("broadcast", () => socket.setBroadcast(true));
  const switches = optionSocket(socket, address);
  for (const [option, row] of Object.entries(udpRows())) {
    if (!("apply" in row)) continue;
    attempt(`--${option}`, () => row.apply(switches, values[option as keyof typeof values] as never));
  }
}

function optionSocket(socket: Socket, { host, family }: Address): OptionSocket {
  return {
    setDontFragment: (isOn) => fragment(socket.fd, { host, family, isForbidden: isOn }),
    setTTL: (hops) => socket.setTTL(hops),
    setMulticastTTL: (hops) => socket.setMulticastTTL(hops),
    setMulticastLoopback: (isOn) => socket.setMulticastLoopback(isOn),
    setMulticastInterface: (name) => socket.setMulticastInterface(interfaceAddress(name, family)),
  };
}

/** @throws Error when the kernel refuses. */
function fragment(
  fd: number,
  { host, family, isForbidden }: Address & { readonly isForbidden: boolean },
): void {
  const isSet =
    setDontFragment(fd, family, isForbidden) &&
    (isForbidden || !usesMinimumMtu({ host, family }) || useMinimumMtu(fd));
  if (!isSet) throw new Error("the kernel refuses");
}

/** Whether datagrams that this host cuts are cut as if the path took the least. On this host nothing is too large. */
function usesMinimumMtu({ host, family }: Address): boolean {
  return family === AF_INET6 && host !== LOOPBACK_IPV6;
}

/** Bytes of an IP packet above which the socket has it cut, whatever the path takes; infinite where the path decides. */
export function largestPacket(address: Address, { values }: UdpSettings): number {
  const isCut = usesMinimumMtu(address) && !values["udp-dont-fragment"];
  return isCut ? IPV6_MIN_MTU : Number.POSITIVE_INFINITY;
}

/** @throws TetradError `config` when an IPv6 literal names an interface that is not there. */
export function checkZone(host: string): void {
  try {
    scopeIdOf(host);
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new TetradError("config", `Cannot use --udp-output-address "${host}": ${reason}`, { cause });
  }
}
