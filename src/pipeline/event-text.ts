/** @module The text of events that came as text. */
import type { EventBatch } from "../event/batch.ts";
import { editsOf } from "../event/edit/edit.ts";
import { scannable } from "../event/edit/scannable.ts";
import { skipSpace } from "../event/scan/line.ts";
import type { JsonObject } from "../lib/json/object.ts";

/** Line `i` as a buffer over the batch's own bytes. */
export function lineBuffer(batch: EventBatch, i: number): Buffer {
  const { buffer, byteOffset } = batch.bufferAt(i);
  const start = batch.start[i]!;
  return Buffer.from(buffer, byteOffset + start, batch.end[i]! - start);
}

/** Makes line `i`, which was decoded as `before`, what the stages have made of it; what both share stays as it is. */
export function editLine(batch: EventBatch, i: number, before: JsonObject, after: JsonObject): void {
  const line = scannable(batch.bufferAt(i), batch.start[i]!, batch.end[i]!);
  batch.edit(i, line, editsOf(line, skipSpace(line.bytes, line.start), before, after));
}
