/** @module The events of one bulk, and where each goes; records of some of them. */
import type { LineView } from "../../event/batch.ts";
import {
  type BatchParts,
  type Compression,
  RECORD_OVERHEAD,
  writeRecord,
} from "../../lib/kafka/record-batch.ts";
import { ItemBuffer } from "../delivery/item-buffer.ts";
import { compress } from "./compress.ts";
import type { Route, Router } from "./routes.ts";

/** What {@link Records} are made from. */
export interface RecordSettings {
  readonly maxBytes: number;
  readonly maxEvents: number;
  readonly compression: Compression;
}

/** Memory for records of as many events as are sent together. */
export class Records {
  readonly #settings: RecordSettings;
  readonly #items: ItemBuffer;
  readonly #router: Router;
  readonly #routes: Route[] = [];
  /** Records of batches, one behind the other; made when they are wanted. */
  #memory = Buffer.alloc(0);
  #used = 0;

  constructor(settings: RecordSettings, router: Router) {
    this.#settings = settings;
    this.#items = new ItemBuffer(settings.maxBytes, settings.maxEvents);
    this.#router = router;
  }

  clear(): void {
    this.#items.clear();
    this.#routes.length = 0;
    this.#used = 0;
    if (this.#memory.length > 2 * this.#settings.maxBytes) this.#memory = Buffer.alloc(0);
  }

  /** Adds line `i`. @returns Whether there was room. */
  add(lines: LineView, i: number): boolean {
    const items = this.#items;
    const bytes = lines.bufferAt(i);
    const [start, end] = [lines.startAt(i), lines.endAt(i) - 1];
    if (!items.reserve(end - start)) return false;
    this.#routes.push(this.#router.route(bytes, start, end));
    const at = items.end;
    // A view of the line costs more than copying it where both are buffers.
    items.bytes.set(bytes.subarray(start, end), at);
    items.add(at + end - start);
    return true;
  }

  get length(): number {
    return this.#items.length;
  }

  routeOf(i: number): Route {
    return this.#routes[i]!;
  }

  /** Bytes of the record at most. */
  sizeOf(i: number): number {
    return this.#items.sizeOf(i) + (this.#routes[i]!.key?.bytes.length ?? 0) + RECORD_OVERHEAD;
  }

  /** The event, in this memory. */
  valueOf(i: number): Buffer {
    return this.#items.from(i, i + 1);
  }

  /** The records of these lines, compressed. */
  async encode(lines: readonly number[]): Promise<BatchParts> {
    const room = this.#roomFor(lines);
    let end = 0;
    for (let number = 0; number < lines.length; number++) {
      const i = lines[number]!;
      const key = this.#routes[i]!.key?.bytes;
      end = writeRecord(room, end, { number, key, value: this.valueOf(i) });
    }
    const raw = room.subarray(0, end);
    const { compression } = this.#settings;
    const payload = await compress(raw, compression);
    return { payload, compression, count: lines.length, rawBytes: end, time: Date.now() };
  }

  #roomFor(lines: readonly number[]): Buffer {
    let size = 0;
    for (const i of lines) size += this.sizeOf(i);
    if (this.#used === 0 && this.#memory.length < size)
      this.#memory = Buffer.allocUnsafeSlow(
        Math.max(size, this.#settings.maxBytes + this.#settings.maxBytes / 8),
      );
    // Parts of what was too large have memory of their own.
    if (this.#memory.length - this.#used < size) return Buffer.allocUnsafeSlow(size);
    const room = this.#memory.subarray(this.#used, this.#used + size);
    this.#used += size;
    return room;
  }
}
