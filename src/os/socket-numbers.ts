/** @module Numbers of address families and protocols, of `<linux/socket.h>` and `<linux/in.h>`: those that code asks for. */

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
