/** What the decoder, which parses, makes of one line. */
import { EventBatch, TEXT } from "../../../src/event/batch.ts";
import { decodeBatch } from "../../../src/event/decode.ts";

/** Whether the decoder finds that `text` is one event, all of which it decodes, and leaves the line as it is. */
export function isDecodedAsItIs(text: Uint8Array): boolean {
  const bytes = new Uint8Array(Buffer.concat([text, Buffer.from("\n       ")]));
  const batch = new EventBatch(bytes);
  batch.push(0, text.length + 1, 0);
  const invalid = decodeBatch(batch, "full", () => {}, { isExamined: true });
  if (invalid > 0 || batch.count === 0 || batch.text[0] !== TEXT.read) return false;
  const value = JSON.stringify(JSON.parse(Buffer.from(text).toString()));
  return JSON.stringify(batch.event[0]) === value;
}
