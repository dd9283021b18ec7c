/** @module The event in a GELF message. */

/** Whether it may be GELF. A quote is escaped in the texts of an event, so hardly one looks like it. */
export function looksLikeGelf(bytes: Buffer): boolean {
  return bytes[0] === 0x7b && bytes.includes('"short_message"') && bytes.includes('"version"');
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The document, or `undefined` where it is no GELF, which is UTF-8. */
export function gelfDocument(bytes: Buffer): Buffer | undefined {
  if (!looksLikeGelf(bytes)) return undefined;
  let message: { readonly version?: unknown; readonly full_message?: unknown };
  try {
    message = JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
  const { version, full_message: document } = message;
  return version === "1.1" && typeof document === "string" ? Buffer.from(document) : undefined;
}
