/** @module Options of the UDP socket. */
import type { udp } from "bun";
import { interfaceAddress } from "../../os/socket-address.ts";
import { dropIncoming, ignoreIcmpErrors, setSendBuffer } from "../../os/udp-socket.ts";
import type { Address } from "./resolver.ts";
import type { UdpSettings } from "./settings.ts";

/** Bun's socket; `fd` is there, but not in its types. */
export type Socket = udp.Socket<"uint8array"> & { readonly fd: number };

/** Sets what the options ask for. What the kernel refuses is a warning. */
export function configureSocket(socket: Socket, { family }: Address, settings: UdpSettings): void {
  const { name: exporter, sendBufferBytes, multicastTtl, multicastInterface, log } = settings;
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
  try {
    socket.setBroadcast(true);
    socket.setMulticastTTL(multicastTtl);
    if (multicastInterface !== "") {
      socket.setMulticastInterface(interfaceAddress(multicastInterface, family));
    }
  } catch (error) {
    log.warn("Cannot set a multicast option of the UDP socket", { exporter, error: String(error) });
  }
}
