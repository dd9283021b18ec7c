/** @module What no document may be, since one small datagram may unpack to it. */
import { MAX_DEPTH, MAX_NODES } from "../event/edit/structure.ts";
import { isExcessive } from "../lib/json/excessive.ts";

/** A document that was not unpacked fits into a datagram, and costs little whatever is in it. */
const DATAGRAM_BYTES = 65_536;

/** Why a document is not parsed. */
export const EXCESSIVE = `is nested more than ${MAX_DEPTH} levels deep, or has more than ${MAX_NODES} objects, lists and fields`;

/** Whether parsing a document would take much more memory than its bytes. */
export function isTooMuch(document: Uint8Array): boolean {
  return document.length > DATAGRAM_BYTES && isExcessive(document, { depth: MAX_DEPTH, nodes: MAX_NODES });
}
