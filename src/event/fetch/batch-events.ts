/**
 * @module The events of a batch for whoever looks and changes nothing. Text that certainly says one valid event is not
 * decoded: what is asked for is fetched out of it. Of values no text is made.
 */
import { isUtf8 } from "node:buffer";
import type { JsonObject } from "../../lib/json/object.ts";
import { type EventBatch, TEXT, WHOLE } from "../batch.ts";
import { withProtoNames } from "../edit/names.ts";
import { decodeLine } from "../parse-line.ts";
import { WholeLines } from "../whole.ts";
import { EventFetcher } from "./fetch.ts";
import type { WantedFields } from "./wanted.ts";

/** The events of one batch after another. */
export class BatchEvents {
  readonly #fetcher: EventFetcher;
  #batch: EventBatch | undefined;
  /** Made when somebody asks for a line that nobody has looked at. */
  #lines: WholeLines | undefined;

  /** @param wanted The fields that are looked at. */
  constructor(wanted: WantedFields) {
    this.#fetcher = new EventFetcher(wanted);
  }

  /** Takes up a batch. */
  begin(batch: EventBatch): void {
    this.#batch = batch;
    this.#lines = undefined;
    if (batch.values !== undefined) return;
    this.#fetcher.begin(batch.bytes);
  }

  /** Event `i`, with the wanted fields at least; `undefined` for a line that is no event, which nobody has validated. */
  at(i: number): JsonObject | undefined {
    const batch = this.#batch!;
    const { event, start } = batch;
    if (event[i] !== undefined) return event[i];
    if (batch.isUnchangedValue(i)) return batch.values!.object(batch.place[i]!);
    if (this.#isWhole(batch, i)) return this.#fetcher.fetch(start[i]!);
    try {
      return withProtoNames(decodeLine(batch, i));
    } catch {
      return undefined;
    }
  }

  /** Whether line `i` can be taken undecoded. Mostly whoever has validated it has found out. */
  #isWhole(batch: EventBatch, i: number): boolean {
    const { values, text, whole, start, end, bytes } = batch;
    if (text[i] !== TEXT.read || values !== undefined) return false;
    if (whole[i] !== WHOLE.unknown) return whole[i] === WHOLE.yes;
    this.#lines ??= new WholeLines(bytes, isUtf8(textOf(batch)));
    return this.#lines.isWhole(start[i]!, end[i]!);
  }
}

/** The part of the batch's bytes that its lines lie in. */
function textOf({ bytes, count, start, end, text }: EventBatch): Uint8Array {
  let from = bytes.length;
  let to = 0;
  for (let i = 0; i < count; i++) {
    if (text[i] !== TEXT.read) continue;
    from = Math.min(from, start[i]!);
    to = Math.max(to, end[i]!);
  }
  return bytes.subarray(from, Math.max(from, to));
}
