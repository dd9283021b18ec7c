/** @module What one server takes of its peers: whoever connects is a stranger. */

import type { AnswerLimits } from "./waiting-answers.ts";

/** Limits of a server. Times are milliseconds. */
export interface PeerLimits extends AnswerLimits {
  /** Connections at once, those whose handshake is under way included. */
  readonly connections: number;
  /** Calls at once on one connection. */
  readonly callsPerConnection: number;
  /** Bytes of the headers of one call, as HTTP/2 counts them. */
  readonly headerBytes: number;
  /** Bytes of one message. */
  readonly messageBytes: number;
  /** Bytes of all requests that have not been answered, those that are not whole included. */
  readonly pendingBytes: number;
  /** Until TLS and HTTP/2 have begun. */
  readonly handshakeMs: number;
  /** Until the request of a call is whole. */
  readonly requestMs: number;
  /** Between pings to a peer, and how long one has for its answer. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
}

/** Room for the agents, consoles and collectors of a node, and little for anybody else. */
export const PEER_LIMITS: PeerLimits = {
  connections: 256,
  callsPerConnection: 100,
  headerBytes: 16 * 1024,
  messageBytes: 1024 * 1024,
  pendingBytes: 16 * 1024 * 1024,
  handshakeMs: 10_000,
  requestMs: 30_000,
  answerBytes: 16 * 1024 * 1024,
  answerMs: 30_000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 20_000,
};
