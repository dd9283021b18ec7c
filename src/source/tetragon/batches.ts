/** @module Batches of what a stream brings: each message becomes a line, where scanners can see it. */
import { EventDecoder } from "../../encoding/protobuf/decoder.ts";
import { EventBatch } from "../../event/batch.ts";
import { TextMemory } from "../../event/scan/text-memory.ts";
import { asBuffer } from "../../lib/bytes.ts";
import { MessageStream } from "../../lib/grpc/message-stream.ts";
import type { Counters } from "../../telemetry/counters.ts";

/** Lines of one batch, bytes: they stay in the processor's cache until they have been sent. */
const BATCH_BYTES = 256 * 1024;
/** Room for a batch, and the line that makes it full. */
const KEPT_BYTES = 2 * BATCH_BYTES;

/** What {@link MessageBatches} is given. */
export interface MessageBatchesSettings {
  /** Longest line, in bytes without its newline. */
  readonly maxLineBytes: number;
  readonly counters: Counters;
  readonly onTooLong: () => void;
  /** Takes what is wrong with a message. */
  readonly onMalformed: (reason: string) => void;
}

/** Lies where scanners find it. */
function allocate(size: number): Buffer {
  const { bytes } = new TextMemory(size);
  return asBuffer(bytes);
}

/** Takes pieces of a stream and makes batches of them. */
export class MessageBatches {
  readonly batch = new EventBatch(new Uint8Array(0));
  readonly #settings: MessageBatchesSettings;
  readonly #messages: MessageStream;
  #decoder = new EventDecoder(allocate, KEPT_BYTES);
  #tooLong = 0;
  #unknownFields = 0;

  constructor(settings: MessageBatchesSettings) {
    this.#settings = settings;
    // A line is longer than the message that it is made of, but for empty texts and the like.
    this.#messages = new MessageStream(settings.maxLineBytes);
  }

  /** Fields of messages that the API has not had so far. */
  get unknownFields(): number {
    return this.#unknownFields + this.#decoder.unknownFields;
  }

  /** Takes the next piece, once {@link fill} has returned `false`. It must stay as it is until it does so again. */
  add(piece: Uint8Array): void {
    this.#messages.add(piece);
  }

  /**
   * Fills the batch with what there is. It holds what came before and has not been {@link taken}.
   * @returns Whether it is full, and there may be more.
   * @throws GrpcError as {@link MessageStream.next}.
   */
  fill(): boolean {
    const { batch } = this;
    const messages = this.#messages;
    const decoder = this.#decoder;
    while (!batch.isFull && decoder.end < BATCH_BYTES) {
      if (!messages.next()) {
        this.#countTooLong();
        return false;
      }
      this.#decode(messages);
    }
    return true;
  }

  /** Adds a line that did not come as a message. */
  addLine(line: Uint8Array): void {
    const decoder = this.#decoder;
    const start = decoder.end;
    decoder.addLine(line);
    this.#settings.counters.read++;
    this.#settings.counters.bytes_read += line.length;
    this.#push(start);
  }

  /** Gives up what is in the batch. */
  taken(): void {
    this.batch.clear();
    const decoder = this.#decoder;
    decoder.end = 0;
    if (decoder.bytes.length <= KEPT_BYTES) return;
    this.#unknownFields += decoder.unknownFields;
    this.#decoder = new EventDecoder(allocate, KEPT_BYTES);
  }

  #decode({ bytes, start, end }: MessageStream): void {
    const { counters, maxLineBytes, onMalformed } = this.#settings;
    const decoder = this.#decoder;
    const lineStart = decoder.end;
    const problem = decoder.decode(bytes, start, end);
    counters.read++;
    counters.bytes_read += end - start;
    if (problem !== undefined) {
      counters.invalid++;
      onMalformed(problem);
    } else if (decoder.end - lineStart - 1 > maxLineBytes) {
      decoder.end = lineStart;
      counters.line_too_long++;
      this.#settings.onTooLong();
    } else {
      this.#push(lineStart);
    }
  }

  #push(start: number): void {
    this.batch.bytes = this.#decoder.bytes;
    this.batch.push(start, this.#decoder.end, 0);
  }

  #countTooLong(): void {
    const { tooLong } = this.#messages;
    const { counters, onTooLong } = this.#settings;
    for (; this.#tooLong < tooLong; this.#tooLong++) {
      counters.read++;
      counters.line_too_long++;
      onTooLong();
    }
  }
}
