/**
 * @module One stream of events: what came in one turn of the event loop leaves as one batch. While an exporter that must
 * not lose is full the stream is paused, and HTTP/2's window holds the server back.
 */
import type { IncomingHttpHeaders } from "node:http2";
import type { CallListener, ClientCall } from "../../lib/grpc/client.ts";
import { decodeBinary } from "../../lib/grpc/metadata.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { INTRODUCTION_HEADER } from "../../metadata/introduction-header.ts";
import type { Sink } from "../source.ts";
import { MessageBatches, type MessageBatchesSettings } from "./batches.ts";

const OPENING_BRACE = 0x7b;
const NEWLINE = 0x0a;

/** What an {@link EventStream} is given. */
export interface EventStreamSettings extends MessageBatchesSettings {
  readonly sink: Sink;
}

/** Takes the answer to `GetEvents`. */
export class EventStream implements CallListener {
  readonly #sink: Sink;
  readonly #batches: MessageBatches;
  readonly #ended = Promise.withResolvers<GrpcError | undefined>();
  /** Pieces that came although the stream is paused: no more than the window. */
  readonly #pieces: Uint8Array[] = [];
  #call: ClientCall | undefined;
  #isWaiting = false;
  #isFlushDue = false;
  #end: { readonly error: GrpcError | undefined } | undefined;
  /** Whether a message has come. */
  hasEvents = false;
  readonly #flush = () => this.#flushNow();

  constructor({ sink, ...settings }: EventStreamSettings) {
    this.#sink = sink;
    this.#batches = new MessageBatches(settings);
  }

  /** Resolves once the call is over and everything that came has been handed on: with what ended it. */
  get ended(): Promise<GrpcError | undefined> {
    return this.#ended.promise;
  }

  /** Fields of messages that the API has not had so far. */
  get unknownFields(): number {
    return this.#batches.unknownFields;
  }

  /** Says by which call the pieces come. */
  attach(call: ClientCall): void {
    this.#call = call;
  }

  /** Another agent of this kind says who it is, before any event. */
  onAnswer(headers: IncomingHttpHeaders): void {
    const text = headers[INTRODUCTION_HEADER];
    if (typeof text !== "string") return;
    const line = decodeBinary(text);
    if (line[0] !== OPENING_BRACE || line.includes(NEWLINE)) return;
    this.#batches.addLine(line);
    this.#flushSoon();
  }

  onPiece(piece: Uint8Array): void {
    this.hasEvents = true;
    if (this.#isWaiting) {
      this.#pieces.push(piece);
      return;
    }
    this.#batches.add(piece);
    this.#takeAll();
  }

  onEnd(error: GrpcError | undefined): void {
    this.#end ??= { error };
    if (!this.#isWaiting) this.#flushNow();
  }

  /** Writes full batches, and what is left at the end of this turn. */
  #takeAll(): void {
    while (this.#fill()) {
      const room = this.#write();
      if (room !== undefined) {
        void this.#wait(room);
        return;
      }
    }
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(this.#flush);
  }

  #fill(): boolean {
    try {
      return this.#batches.fill();
    } catch (error) {
      // Nothing can be read after that.
      this.#end ??= {
        error: error instanceof GrpcError ? error : new GrpcError(STATUS.internal, String(error)),
      };
      this.#call?.cancel();
      return false;
    }
  }

  #write(): Promise<void> | undefined {
    const { batch } = this.#batches;
    const room = this.#sink.write(batch);
    this.#batches.taken();
    return room;
  }

  #flushNow(): void {
    this.#isFlushDue = false;
    if (this.#isWaiting) return;
    if (this.#batches.batch.count > 0) {
      const room = this.#write();
      if (room !== undefined) {
        void this.#wait(room);
        return;
      }
    }
    if (this.#end !== undefined) this.#ended.resolve(this.#end.error);
  }

  /** Waits for whoever must not lose, then takes what came meanwhile. */
  async #wait(first: Promise<void>): Promise<void> {
    this.#isWaiting = true;
    this.#call?.pause();
    await first;
    for (;;) {
      if (this.#fill()) {
        const room = this.#write();
        if (room !== undefined) await room;
        continue;
      }
      const piece = this.#pieces.shift();
      if (piece === undefined) break;
      this.#batches.add(piece);
    }
    this.#isWaiting = false;
    this.#call?.resume();
    this.#flushNow();
  }
}
