/** @module The message of a syslog datagram: RFC 5424. */

/** Fields up to the structured data, of which the message begins behind. */
const HEADER = /^<(\d{1,3})>1 [!-~]+ [!-~]+ [!-~]+ [!-~]+ [!-~]+ /;
const HIGHEST_PRIORITY = 191;
/** More than the longest header has. */
const HEADER_BYTES = 1024;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const [SPACE, QUOTE, NIL, OPEN, BACKSLASH, CLOSE, LESS_THAN] = [0x20, 0x22, 0x2d, 0x5b, 0x5c, 0x5d, 0x3c];

/** Whether it looks like syslog. No JSON begins so. */
export function isSyslog(datagram: Buffer): boolean {
  return datagram[0] === LESS_THAN;
}

/** @returns The message without its byte order mark. @throws Error when it is not what RFC 5424 says. */
export function syslogMessage(datagram: Buffer): Buffer {
  const header = HEADER.exec(datagram.toString("latin1", 0, HEADER_BYTES));
  if (header === null || Number(header[1]) > HIGHEST_PRIORITY) throw new Error("its header is none");
  const end = endOfStructuredData(datagram, header[0].length);
  if (end < datagram.length && datagram[end] !== SPACE) throw new Error("its structured data is none");
  const message = datagram.subarray(end + 1);
  return BYTE_ORDER_MARK.every((byte, i) => message[i] === byte) ? message.subarray(3) : message;
}

function endOfStructuredData(datagram: Buffer, start: number): number {
  if (datagram[start] === NIL) return start + 1;
  let at = start;
  while (datagram[at] === OPEN) {
    let isQuoted = false;
    for (at++; at < datagram.length; at++) {
      const byte = datagram[at];
      if (isQuoted && byte === BACKSLASH) at++;
      else if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === CLOSE && !isQuoted) break;
    }
    if (at >= datagram.length) throw new Error("its structured data has no end");
    at++;
  }
  if (at === start) throw new Error("it has no structured data");
  return at;
}
