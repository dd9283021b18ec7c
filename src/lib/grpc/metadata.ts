/** @module What gRPC puts into HTTP/2 headers (grpc/grpc, doc/PROTOCOL-HTTP2.md). */

/** Printable ASCII but for the percent sign: what `grpc-message` holds as it is. */
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;

const encoder = new TextEncoder();

/** A status message as `grpc-message` has it. */
export function encodeStatusMessage(message: string): string {
  if (PLAIN.test(message)) return message;
  let encoded = "";
  for (const byte of encoder.encode(message)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The status message in `grpc-message`; what is not encoded as it should be stays as it is. */
export function decodeStatusMessage(text: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = /^%[0-9A-Fa-f]{2}$/.test(text.slice(i, i + 3)) ? text.slice(i + 1, i + 3) : undefined;
    if (code === undefined) bytes.push(text.charCodeAt(i) & 0xff);
    else {
      bytes.push(Number.parseInt(code, 16));
      i += 2;
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The value of a header whose name ends in `-bin`. */
export function encodeBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64").replace(/=+$/, "");
}

/** The bytes in a header whose name ends in `-bin`, with padding or without. */
export function decodeBinary(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** `grpc-timeout` in milliseconds, rounded up; `undefined` for a text that is none. */
export function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Math.ceil(Number(digits) * UNIT_MS[unit]!);
}
