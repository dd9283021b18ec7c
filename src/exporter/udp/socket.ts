/** @module Options of the UDP socket. */
import type { udp } from "bun";
import { type AddressFamily, interfaceAddress } from "../../os/socket-address.ts";
import { dropIncoming, ignoreIcmpErrors, setSendBuffer } from "../../os/udp-socket.ts";
import { type OptionSocket, UDP_OPTIONS } from "./options.ts";
import type { Address } from "./resolver.ts";
import type { UdpSettings } from "./settings.ts";

/** Bun's socket; `fd` is there, but not in its types. */
export type Socket = udp.Socket<"uint8array"> & { readonly fd: number };

/** Sets what the options ask for. What the kernel refuses is a warning. */
export function configureSocket(socket: Socket, { family }: Address, settings: UdpSettings): void {
  const { name: exporter, sendBufferBytes, values, log } = settings;
  if (!ignoreIcmpErrors(socket.fd, family)) {
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
  const switches = optionSocket(socket, family);
  for (const [option, row] of Object.entries(UDP_OPTIONS)) {
    if (!("apply" in row)) continue;
    attempt(`--${option}`, () => row.apply(switches, values[option as keyof typeof values] as never));
  }
}

function optionSocket(socket: Socket, family: AddressFamily): OptionSocket {
  return {
    setTTL: (hops) => socket.setTTL(hops),
    setMulticastTTL: (hops) => socket.setMulticastTTL(hops),
    setMulticastLoopback: (isOn) => socket.setMulticastLoopback(isOn),
    setMulticastInterface: (name) => socket.setMulticastInterface(interfaceAddress(name, family)),
  };
}
