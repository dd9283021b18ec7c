/**
 * @module The server's side of a connection of HTTP/2 (RFC 9113): what comes in, streams, what goes out. A peer is a
 * stranger: whatever it may choose has a limit, and beyond one the connection ends with GOAWAY.
 */
import { FloodGuard } from "./flood-guard.ts";
import type { HeaderBlock } from "./header-blocks.ts";
import { Incoming, type IncomingListener } from "./incoming.ts";
import { Output, type Transport } from "./output.ts";
import { ERROR, type ErrorCode, FLAG, FRAME, Http2Error, protocolError } from "./protocol.ts";
import { ReceiveWindow } from "./receive-window.ts";
import type { HeaderLimits, HeaderMap } from "./request-headers.ts";
import type { SendQueue } from "./send-queue.ts";
import { Sender } from "./sender.ts";
import { ServerStream, type StreamOwner } from "./server-stream.ts";
import { encodeSettings, readSettings } from "./settings.ts";

/** What a {@link ServerConnection} is given. */
export interface ServerConnectionSettings {
  readonly transport: Transport;
  readonly headers: HeaderLimits;
  /** Streams at once. */
  readonly streams: number;
  /** Takes each new stream. */
  readonly onStream: (stream: ServerStream, headers: HeaderMap) => void;
  /** The peer has said its settings: HTTP/2 has begun. */
  readonly onReady: () => void;
  /** There is no stream any more. */
  readonly onIdle: () => void;
  /** The connection is over, and its socket closes. @param reason What the peer did, if that is why. */
  readonly onEnd: (reason: string | undefined) => void;
  /** Milliseconds. */
  readonly now: () => number;
}

/** A stream that can be the last. */
const LAST_STREAM = 2 ** 31 - 1;
const NOTHING = new Uint8Array(0);

/** A connection, from its preface on. */
export class ServerConnection implements StreamOwner, IncomingListener {
  readonly #settings: ServerConnectionSettings;
  readonly #output: Output;
  readonly #sender: Sender;
  readonly #incoming: Incoming;
  readonly #floods: FloodGuard;
  readonly #window = new ReceiveWindow();
  readonly #streams = new Map<number, ServerStream>();
  #lastStream = 0;
  #needsTableNotice = false;
  #isReady = false;
  #onPong: (() => void) | undefined;
  #isLeaving = false;
  #isOver = false;
  #isFlushDue = false;
  readonly #flush = () => this.#flushNow();

  constructor(settings: ServerConnectionSettings) {
    const { transport, headers, streams, now } = settings;
    this.#settings = settings;
    this.#output = new Output(transport);
    this.#sender = new Sender(this.#output);
    this.#floods = new FloodGuard(now());
    this.#incoming = new Incoming(this, { floods: this.#floods, headers });
    this.#output.frame(FRAME.settings, 0, 0, encodeSettings({ streams, headerBytes: headers.bytes }));
    this.#flushSoon();
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#streams.size;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether headers have begun and do not end: the peer can answer nothing meanwhile. */
  get isWithinHeaders(): boolean {
    return this.#incoming.isWithinHeaders;
  }

  get initialWindow(): number {
    return this.#sender.initialWindow;
  }

  /** Takes what the peer sent. */
  receive(piece: Uint8Array): void {
    this.#do(() => {
      this.#floods.advance(this.#settings.now(), this.#sender.frames);
      this.#incoming.add(piece);
      this.#sender.send();
    });
  }

  /** The socket takes more. */
  drained(): void {
    this.#output.drained();
    this.#flushNow();
  }

  /** Asks for a sign of life. @param onPong Called when there is one. */
  ping(onPong: () => void): void {
    this.#onPong = onPong;
    this.#do(() => this.#output.frame(FRAME.ping, 0, 0, new Uint8Array(8)));
    this.#flushSoon();
  }

  /** Takes no further streams, says so, and ends when those are over that there are. */
  leave(): void {
    if (this.#isOver || this.#isLeaving) return;
    this.#isLeaving = true;
    this.#do(() => this.#output.goaway(this.#lastStream, ERROR.none, ""));
    this.#flushNow();
  }

  /** The socket is closed. Idempotent. */
  closed(): void {
    this.#finish(undefined);
  }

  sendHeaders({ id }: ServerStream, block: Uint8Array): void {
    this.#do(() => this.#output.headers(id, block, false));
    this.#flushSoon();
  }

  sendFrom(queue: SendQueue): void {
    this.#do(() => this.#sender.add(queue));
    this.#flushSoon();
  }

  closeStream({ id, queue }: ServerStream, code: ErrorCode | undefined): void {
    this.#streams.delete(id);
    this.#sender.remove(queue);
    if (this.#streams.size === 0) this.#settings.onIdle();
    if (code !== undefined) this.#do(() => this.#output.reset(id, code));
    this.#flushSoon();
  }

  takeTableNotice(): boolean {
    const isDue = this.#needsTableNotice;
    this.#needsTableNotice = false;
    return isDue;
  }

  onData({ stream: id, piece, length, endsStream }: Parameters<IncomingListener["onData"]>[0]): void {
    const stream = this.#known(id, "DATA");
    this.#open(0, this.#window.take(length));
    if (stream === undefined) {
      // Of one that was ended here, which the peer may not know yet.
      this.#floods.noteControl();
      return;
    }
    if (stream.hasPeerEnded) throw new Http2Error(ERROR.streamClosed, "DATA behind the end of its stream");
    this.#open(id, stream.window.take(length));
    if (piece.length > 0) stream.onData(piece);
    if (endsStream && !stream.isClosed) stream.peerEnded();
  }

  onHeaders(block: HeaderBlock): void {
    const stream = this.#streams.get(block.stream);
    if (stream !== undefined) takeTrailers(stream, block);
    else if (block.stream > this.#lastStream) this.#begin(block);
    // Trailers of one that was ended here, which the peer may not know yet.
    else this.#floods.noteReset();
  }

  onReset(id: number): void {
    this.#floods.noteReset();
    this.#known(id, "RST_STREAM")?.close(undefined);
  }

  onSettings(payload: Uint8Array): void {
    const { initialWindow, shrinksTable } = readSettings(payload);
    if (initialWindow !== undefined) {
      const queues = [...this.#streams.values()].map(({ queue }) => queue);
      this.#sender.setInitialWindow(initialWindow, queues);
    }
    if (shrinksTable) this.#needsTableNotice = true;
    this.#output.frame(FRAME.settings, FLAG.ack, 0, NOTHING);
    if (this.#isReady) return;
    this.#isReady = true;
    this.#settings.onReady();
  }

  onPing(payload: Uint8Array): void {
    this.#output.frame(FRAME.ping, FLAG.ack, 0, payload);
  }

  onPong(): void {
    this.#onPong?.();
    this.#onPong = undefined;
  }

  onWindow(id: number, increment: number): void {
    if (id === 0) {
      if (increment === 0) protocolError("a window that grows by nothing");
      this.#sender.widenAll(increment);
      return;
    }
    const stream = this.#known(id, "WINDOW_UPDATE");
    if (stream === undefined) return;
    if (increment === 0) stream.reset(ERROR.protocol);
    else this.#sender.widen(stream.queue, increment);
  }

  /** A request begins, or is refused. */
  #begin({ stream: id, endsStream, fields }: HeaderBlock): void {
    if (id % 2 === 0) protocolError("a stream with an even number");
    this.#lastStream = id;
    const headers = fields.finish("request");
    const isRefused = this.#streams.size >= this.#settings.streams || this.#isLeaving;
    if (isRefused || headers === "malformed") {
      this.#floods.noteReset();
      this.#output.reset(id, isRefused ? ERROR.refusedStream : ERROR.protocol);
      return;
    }
    const stream = new ServerStream(id, endsStream, this);
    this.#streams.set(id, stream);
    if (headers === "too large") {
      this.#floods.noteReset();
      stream.end([[":status", "431"]]);
      // What follows of it is not wanted.
      stream.reset(ERROR.none);
    } else this.#settings.onStream(stream, headers);
    if (id === LAST_STREAM) this.leave();
  }

  /** Opens a window again. */
  #open(stream: number, increment: number): void {
    if (increment > 0) this.#output.windowUpdate(stream, increment);
  }

  /** The stream; `undefined` for one that is over. @throws Http2Error for one that has never been. */
  #known(id: number, what: string): ServerStream | undefined {
    if (id === 0 || id > this.#lastStream) protocolError(`${what} on a stream that is not there`);
    return this.#streams.get(id);
  }

  #flushSoon(): void {
    if (this.#isFlushDue || this.#isOver) return;
    this.#isFlushDue = true;
    queueMicrotask(this.#flush);
  }

  #flushNow(): void {
    this.#isFlushDue = false;
    this.#do(() => this.#sender.send());
    const hasLeft = this.#isLeaving && this.#streams.size === 0 && this.#output.isEmpty;
    if (hasLeft && !this.#isOver) this.#finish(undefined);
  }

  /** @throws Whatever `act` throws that is no fault of the peer, once the connection has ended by it. */
  #do(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      const isTheirs = error instanceof Http2Error;
      this.#end(isTheirs ? error.code : ERROR.internal, isTheirs ? error.message : "internal error");
      if (!isTheirs) throw error;
    }
  }

  /** Ends the connection, and says why. */
  #end(code: ErrorCode, reason: string): void {
    if (this.#isOver) return;
    try {
      this.#output.goaway(this.#lastStream, code, reason);
      this.#output.flush();
    } catch {
      // Too much waits already: it would not be read.
    }
    this.#finish(reason);
  }

  #finish(reason: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of this.#streams.values()) stream.close(undefined);
    this.#settings.onEnd(reason);
    this.#settings.transport.end();
  }
}

function takeTrailers(stream: ServerStream, { endsStream, fields }: HeaderBlock): void {
  if (stream.hasPeerEnded) throw new Http2Error(ERROR.streamClosed, "HEADERS behind the end of its stream");
  if (endsStream && fields.finish("trailers") !== "malformed") stream.peerEnded();
  else stream.reset(ERROR.protocol);
}
