/** @module The documents that a datagram carries. */

/** Takes a datagram apart. @returns Documents, each with its newline; the datagram itself where it is none of a known form. */
export type DatagramDecoder = (datagram: Buffer) => readonly Buffer[];

/** One datagram, one document. */
export const decodeJson: DatagramDecoder = (datagram) => [datagram];
