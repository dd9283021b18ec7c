/** @module Options of the UDP exporter. */

import type { udp } from "bun";
import { boolean, checkedText, choice, duration, integer, size, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { COMPRESSIONS } from "../../encoding/compression/kinds.ts";
import { FORMATS } from "../../encoding/envelope.ts";
import { FACILITIES } from "../../encoding/rfc5424/facilities.ts";
import { isHost } from "../../lib/text/host.ts";
import { WHEN_FULL } from "../when-full.ts";

/** A socket, as options may act on it when it has been opened. What it refuses it throws. */
export interface OptionSocket
  extends Pick<udp.Socket<"uint8array">, "setTTL" | "setMulticastTTL" | "setMulticastLoopback"> {
  /** @param interfaceName Its name, or one of its addresses. */
  setMulticastInterface(interfaceName: string): boolean;
  /** Whether datagrams may be cut into fragments on their way. */
  setDontFragment(isOn: boolean): void;
}

/** A row that is about the socket says here what it does to it (`apply`), so that it is complete. */
export const udpRows = optionRows(() => ({
  "udp-output-enabled": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Send every event as one UDP datagram: one JSON document and a newline, the agent_init metadata event first. Nothing waits for an answer: a receiver that is down loses what is sent meanwhile and stops nothing.",
  },
  "udp-output-address": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "HOST",
    kind: checkedText("an IP address or a host name, without a port", isHost),
    default: "127.0.0.1",
    description:
      "Where datagrams go: a host name, or an IPv4 or IPv6 address, unicast, broadcast or multicast. A name that does not resolve yet does not stop the start; events wait in the queue.",
  },
  "udp-output-port": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "PORT",
    kind: integer({ min: 1, max: 65535 }),
    default: "514",
    description: "Port that datagrams go to. 514 is the port of syslog.",
  },
  "udp-buffer-size": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "SIZE",
    kind: size({ min: 1024, max: 1024 ** 3 }),
    default: "65536",
    description:
      "Send buffer of the socket (SO_SNDBUF), which takes bursts. The kernel limits it to net.core.wmem_max unless the agent has CAP_NET_ADMIN; the log says what took effect.",
  },
  "udp-max-datagram-size": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "SIZE",
    kind: size({ min: 508, max: 65507 }),
    default: "65507",
    description:
      "Largest payload of a datagram. A larger event has its longest strings shortened until it fits and is marked as truncated. 1472 avoids fragments on Ethernet, 508 on any IPv4 path.",
  },
  "udp-format": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: FORMATS.join("|"),
    kind: choice(FORMATS),
    default: "json",
    description:
      "What a datagram is: json, one document and a newline; rfc5424, a syslog message; gelf, a GELF 1.1 message, in chunks where it is larger than a datagram. In both the event's JSON is as it came (docs/udp.md). ecs, a document of the Elastic Common Schema, and a newline (docs/ecs.md).",
  },
  "udp-syslog-facility": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "NAME",
    kind: choice(FACILITIES),
    default: "local0",
    description:
      "Facility of --udp-format=rfc5424, by its name in syslog: daemon, authpriv, local0 to local7.",
  },
  "udp-pad": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "PERCENT",
    kind: integer({ min: 0, max: 1000 }),
    default: "0",
    description:
      "How many more bytes events may cost, in percent, so that they leave faster: those that follow each other are made equally long by spaces before the newline and walk through the kernel together (UDP GSO), where the way to the receiver allows that. 0 leaves all bytes as they came; then only events of one length share a walk.",
  },
  "udp-segmentation": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "true",
    description:
      "Let events of one length walk through the kernel together (UDP GSO), which is several times as fast. What counts or drops packets on the way, such as nftables, takes those for one until the network device or the receiver's socket takes them apart. With false each datagram is a packet of its own everywhere.",
  },
  "udp-batch": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Put several events into one datagram, one a line, up to --udp-max-datagram-size: fewer datagrams, and better compression. The receiver must take datagrams of several lines, as tetrad listen does. A datagram that is lost takes all of its events with it.",
  },
  "udp-linger": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 1, max: 60_000, zero: true }),
    default: "100ms",
    description:
      "How long an event waits at most for others to share its datagram with. 0s: only those that come together do.",
  },
  "udp-compression": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: COMPRESSIONS.join("|"),
    kind: choice(COMPRESSIONS),
    default: "none",
    description:
      "Compress each datagram. zstd uses a dictionary made from Tetragon's events, which its frames name; tetrad listen has it, other receivers need the file (docs/udp.md). gzip and zlib are what GELF receivers take. agent_init stays as it is.",
  },
  "udp-dont-fragment": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Forbid routers to cut datagrams into fragments (the DF bit). A datagram that is larger than the path takes is lost then, and only counted as too_large where the kernel knows it; set --udp-max-datagram-size to what the path takes.",
    apply: (socket: OptionSocket, isOn: boolean) => socket.setDontFragment(isOn),
  },
  "udp-resolve-interval": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 24 * 3_600_000 }),
    default: "30s",
    description:
      "How often a host name in --udp-output-address is looked up again; sending never waits for it.",
  },
  "udp-when-full": {
    group: "UDP output",
    ...WHEN_FULL,
    description:
      "What a full queue does to sources that can wait: block makes them wait as long as datagrams leave, at most a second without any; drop never makes them wait. What finds no room is dropped and counted as queue_full.",
  },
  "udp-multicast-ttl": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "HOPS",
    kind: integer({ min: 0, max: 255 }),
    default: "1",
    description:
      "How many routers a multicast datagram may pass; 1 keeps it in the local network, 0 on this host.",
    apply: (socket: OptionSocket, hops: number) => socket.setMulticastTTL(hops),
  },
  "udp-multicast-interface": {
    group: "UDP output",
    from: "tetrad",
    support: "used",
    placeholder: "NAME",
    kind: text(),
    default: "",
    description:
      "Interface that multicast datagrams leave by, as a name or as one of its addresses. Empty: the routing table decides.",
    apply(socket: OptionSocket, name: string) {
      if (name !== "") socket.setMulticastInterface(name);
    },
  },
}));
