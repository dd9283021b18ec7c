/** @module What `fetch` has brought, read as far as is reasonable. */

/**
 * Reads a body to its end, as text.
 * @returns `undefined` when it is longer than `maxBytes`; what comes then is not waited for.
 */
export async function readBody(response: Response, maxBytes: number): Promise<string | undefined> {
  const bytes = await readBodyBytes(response, maxBytes);
  return bytes && new TextDecoder().decode(bytes);
}

/** {@link readBody}, as bytes. */
export async function readBodyBytes({ body }: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array(0);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    pieces.push(value);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** What `Retry-After` asks for, milliseconds (RFC 9110, section 10.2.3: seconds, or a date); `undefined` for nothing. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
