/** @module The event in a GELF message. */

/** The document, or `undefined` where it is no GELF. A quote is escaped in the texts of an event, so none looks like it. */
export function gelfDocument(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== 0x7b || !bytes.includes('"short_message"') || !bytes.includes('"version"'))
    return undefined;
  let message: { readonly version?: unknown; readonly full_message?: unknown };
  try {
    message = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  const { version, full_message: document } = message;
  return version === "1.1" && typeof document === "string" ? Buffer.from(document) : undefined;
}
