/** @module Messages in a stream: one byte that says whether it is compressed, four that say how long it is, then the message. */
/** Bytes before each message. */
export const PREFIX_BYTES = 5;

/** A message as it stands in a stream. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + message.length);
  writePrefix(framed, 0, message.length);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Writes the prefix of a message of `length` bytes that is not compressed. */
export function writePrefix(target: Uint8Array, at: number, length: number): void {
  target[at] = 0;
  target[at + 1] = length >>> 24;
  target[at + 2] = length >>> 16;
  target[at + 3] = length >>> 8;
  target[at + 4] = length;
}
