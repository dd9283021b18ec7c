/** @module Options of the syslog exporter. */
import { choice, duration, list, size } from "../../config/kind.ts";
import { optionRows, type ValuesOf } from "../../config/option.ts";
import { FACILITIES } from "../../encoding/rfc5424/facilities.ts";
import { queueOptions } from "../delivery/queue-options.ts";
import { parseServerAddress, type ServerAddress } from "../server-address.ts";
import { tlsOptions } from "../tls-options.ts";

const GROUP = "Syslog over TCP and TLS";
const COMMON = { group: GROUP, from: "tetrad", support: "used" } as const;

/** Of syslog over TCP (RFC 6587, IANA `syslog-conn`) and over TLS (RFC 5425). */
const PORTS = { tcp: 601, tls: 6514 };

/** A server, as users write it. @returns `undefined` for what is none. */
export function syslogServer(text: string): ServerAddress | undefined {
  return parseServerAddress(text, PORTS);
}

/** How messages are told apart in the stream, in the words of RFC 6587. */
export const FRAMINGS = ["octet-counting", "newline"] as const;

export const syslogRows = optionRows(() => ({
  "syslog-servers": {
    ...COMMON,
    placeholder: "ADDRESS,...",
    kind: list(
      "addresses of servers such as tls://loghost:6514 or tcp://loghost:601",
      (item) => syslogServer(item) !== undefined,
    ),
    default: "",
    description:
      "Syslog servers that events are sent to over TCP or TLS, each as a message of RFC 5424; the first that can be reached has all of them. Without a scheme it is tcp; without a port 601, with tls 6514. For syslog over UDP see --udp-format.",
  },
  "syslog-framing": {
    ...COMMON,
    placeholder: FRAMINGS.join("|"),
    kind: choice(FRAMINGS),
    default: "octet-counting",
    description:
      "How messages are told apart (RFC 6587): octet-counting, each begins with its length, which RFC 5425 wants for TLS; newline, each ends with one.",
  },
  "syslog-facility": {
    ...COMMON,
    placeholder: "NAME",
    kind: choice(FACILITIES),
    default: "local0",
    description: "Facility of all messages, by its name in syslog: daemon, authpriv, local0 to local7.",
  },
  "syslog-max-message-size": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 480, max: 16 * 1024 ** 2 }),
    default: "64K",
    description:
      "Largest message. A larger event has its longest strings shortened until it fits and is marked as truncated. syslog-ng takes 64K by default, rsyslog 8K.",
  },
  "syslog-timeout": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "30s",
    description:
      "How long a server may take to answer a connection, or to take anything of what was sent; then the next one is tried.",
  },
  ...tlsOptions("syslog", GROUP),
  ...queueOptions("syslog", GROUP),
}));

/** The values of {@link syslogRows}. */
export type SyslogValues = ValuesOf<ReturnType<typeof syslogRows>>;
