/** @module Names of protocols, address families, types of sockets and TCP states, as policies and events have them. */
import { TCP_STATES } from "../event/tcp-state.ts";

/** `IPPROTO_*` of `<linux/in.h>` and `<linux/in6.h>`. */
export const PROTOCOLS: Readonly<Record<string, number>> = {
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_ICMP: 1,
  IPPROTO_ICMPV6: 58,
  IPPROTO_IP: 0,
  IPPROTO_IGMP: 2,
  IPPROTO_IPIP: 4,
  IPPROTO_EGP: 8,
  IPPROTO_PUP: 12,
  IPPROTO_IDP: 22,
  IPPROTO_TP: 29,
  IPPROTO_DCCP: 33,
  IPPROTO_IPV6: 41,
  IPPROTO_ROUTING: 43,
  IPPROTO_FRAGMENT: 44,
  IPPROTO_RSVP: 46,
  IPPROTO_GRE: 47,
  IPPROTO_ESP: 50,
  IPPROTO_AH: 51,
  IPPROTO_NONE: 59,
  IPPROTO_DSTOPTS: 60,
  IPPROTO_MTP: 92,
  IPPROTO_BEETPH: 94,
  IPPROTO_ENCAP: 98,
  IPPROTO_PIM: 103,
  IPPROTO_COMP: 108,
  IPPROTO_L2TP: 115,
  IPPROTO_SCTP: 132,
  IPPROTO_MH: 135,
  IPPROTO_UDPLITE: 136,
  IPPROTO_MPLS: 137,
  IPPROTO_ETHERNET: 143,
  IPPROTO_RAW: 255,
  IPPROTO_MPTCP: 262,
};

/** `AF_*` of `<linux/socket.h>`. */
export const FAMILIES: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ...["INET:2", "INET6:10", "UNIX:1", "LOCAL:1", "UNSPEC:0", "AX25:3", "IPX:4", "APPLETALK:5", "NETROM:6"],
    ...["BRIDGE:7", "ATMPVC:8", "X25:9", "ROSE:11", "DECNET:12", "NETBEUI:13", "SECURITY:14", "KEY:15"],
    ...["NETLINK:16", "ROUTE:16", "PACKET:17", "ASH:18", "ECONET:19", "ATMSVC:20", "RDS:21", "SNA:22"],
    ...["IRDA:23", "PPPOX:24", "WANPIPE:25", "LLC:26", "IB:27", "MPLS:28", "CAN:29", "TIPC:30"],
    ...["BLUETOOTH:31", "IUCV:32", "RXRPC:33", "ISDN:34", "PHONET:35", "IEEE802154:36", "CAIF:37", "ALG:38"],
    ...["NFC:39", "VSOCK:40", "KCM:41", "QIPCRTR:42", "SMC:43", "XDP:44", "MCTP:45"],
  ].map((word) => {
    const [name, number] = word.split(":");
    return [`AF_${name}`, Number(number)];
  }),
);

/** Of `<net/tcp_states.h>`. */
export const STATES: Readonly<Record<string, number>> = Object.fromEntries(
  TCP_STATES.flatMap((name, number) => (name === "" ? [] : [[name, number]])),
);

/** Of `<linux/net.h>`. */
export const SOCKET_TYPES: Readonly<Record<string, number>> = {
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_RDM: 4,
  SOCK_SEQPACKET: 5,
  SOCK_DCCP: 6,
  SOCK_PACKET: 10,
};
